"""Lists, or creates and waits: with the kit's own wait, then until the snapshot is there."""

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
