//! IONOS's own kits for Python and Node, in the versions below, installed into a temporary folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::processes::{Pair, Simulator, found};
use super::programs;
use super::rows::Row;
use crate::{Result, files};

pub(super) const PYTHON_KIT: &str = "ionoscloud==6.1.13";
pub(super) const NODE_KIT: &str = "@ionos-cloud/sdk-nodejs@6.1.5";

/// Lists, or creates and waits with the kit's own wait, then until the snapshot is there.
const PYTHON: &str = r#"
import os, sys, time
import ionoscloud

configuration = ionoscloud.Configuration(host=os.environ["IONOS_API_URL"], token=os.environ["IONOS_TOKEN"])
with ionoscloud.ApiClient(configuration) as client:
    snapshots = ionoscloud.SnapshotsApi(client)
    if sys.argv[1] == "list":
        for snapshot in snapshots.snapshots_get(depth=1).items:
            print(snapshot.id, snapshot.properties.name, snapshot.metadata.state)
    else:
        body = ionoscloud.CreateSnapshot(properties=ionoscloud.CreateSnapshotProperties(name="nightly"))
        volumes = ionoscloud.VolumesApi(client)
        create = volumes.datacenters_volumes_create_snapshot_post_with_http_info
        snapshot, _, headers = create(sys.argv[2], sys.argv[3], snapshot=body, _return_http_data_only=False)
        client.wait_for_completion(headers["Location"].split("/requests/")[1].split("/")[0])
        while snapshots.snapshots_find_by_id(snapshot.id).metadata.state != "AVAILABLE":
            time.sleep(1)
        print(snapshot.id)
"#;

/// The kit for Node has no wait: one is polled each second, as the one for Python does.
const NODE: &str = r#"
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
"#;

/// What the scripts are run with.
#[derive(Debug)]
pub(super) struct Places<'a> {
    pub(super) command: PathBuf,
    /// Where snapshots are listed.
    pub(super) fast: &'a Simulator,
    /// Where a snapshot takes its time.
    pub(super) slow: &'a Simulator,
    pub(super) folder: PathBuf,
}

/// A kit that was installed.
#[derive(Debug)]
struct Kit {
    ids: [&'static str; 2],
    program: PathBuf,
    script: PathBuf,
}

pub(super) fn run(places: &Places<'_>, volume: &str, lists: usize, waits: usize) -> Result<Vec<Row>> {
    let (centre, id) = volume.split_once('/').unwrap_or_default();
    let mut rows = Vec::new();
    for installed in [python(&places.folder), node(&places.folder)] {
        let kit = match installed {
            Ok(kit) => kit,
            Err(why) => {
                println!("skipped: {why}");
                continue;
            }
        };
        let side = |simulator: &Simulator, arguments: &[&str]| {
            let mut theirs = simulator.command(&kit.program);
            theirs.arg(&kit.script).args(arguments);
            theirs
        };
        let ours = |simulator: &Simulator, arguments: &[&str]| {
            let mut ours = simulator.command(&places.command);
            ours.args(arguments);
            ours
        };
        let list = ours(places.fast, &["list", "ionos", "-o", "json"]);
        rows.push(Pair { id: kit.ids[0], ours: list, theirs: side(places.fast, &["list"]), rounds: lists }.measure()?);
        let create = ours(places.slow, &["create", &format!("ionos:{volume}"), "--name", "nightly", "-o", "json"]);
        let theirs = side(places.slow, &["create", centre, id]);
        rows.push(Pair { id: kit.ids[1], ours: create, theirs, rounds: waits }.measure()?);
    }
    Ok(rows)
}

fn python(folder: &Path) -> Result<Kit> {
    let python = found("python3").ok_or("python3 is not installed")?;
    let environment = folder.join("python");
    programs::read(Command::new(python).args(["-m", "venv"]).arg(&environment))?;
    programs::read(Command::new(environment.join("bin/pip")).args(["install", "--quiet", PYTHON_KIT]))?;
    let script = folder.join("peer.py");
    files::write(&script, PYTHON)?;
    Ok(Kit { ids: ["list-python", "create-python"], program: environment.join("bin/python"), script })
}

fn node(folder: &Path) -> Result<Kit> {
    let (node, npm) = found("node").zip(found("npm")).ok_or("node and npm are not installed")?;
    programs::read(Command::new(npm).args(["install", "--silent", "--prefix"]).arg(folder).arg(NODE_KIT))?;
    // Beside what was installed, where node looks for it.
    let script = folder.join("peer.js");
    files::write(&script, NODE)?;
    Ok(Kit { ids: ["list-node", "create-node"], program: node, script })
}
