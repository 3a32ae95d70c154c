// Lists, or creates and waits. The kit has no wait, so it is asked each second, as the one for Python does.

const kit = require("@ionos-cloud/sdk-nodejs");

const configuration = new kit.Configuration({
  basePath: process.env.IONOS_API_URL,
  apiKey: process.env.IONOS_TOKEN,
});
const snapshots = new kit.SnapshotsApi(configuration);
const second = () => new Promise((done) => setTimeout(done, 1000));

async function main([what, datacenterId, volumeId]) {
  if (what === "list") {
    const { data } = await snapshots.snapshotsGet({ depth: 1 });
    for (const { id, properties, metadata } of data.items) console.log(id, properties.name, metadata.state);
    return;
  }
  const volumes = new kit.VolumesApi(configuration);
  const snapshot = { properties: { name: "nightly" } };
  const created = await volumes.datacentersVolumesCreateSnapshotPost({ datacenterId, volumeId, snapshot });
  const requestId = created.headers.location.split("/requests/")[1].split("/")[0];
  const requests = new kit.RequestsApi(configuration);
  while ((await requests.requestsStatusGet({ requestId })).data.metadata.status !== "DONE") await second();
  const snapshotId = created.data.id;
  while ((await snapshots.snapshotsFindById({ snapshotId })).data.metadata.state !== "AVAILABLE") await second();
  console.log(snapshotId);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(String(error));
  process.exit(1);
});
