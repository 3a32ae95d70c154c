//! What a provider says that it can do is what it was seen to do.

use cloudsnap_simulator::Provider;
use cloudsnap_tests::proved;

#[tokio::test]
async fn capabilities_say_what_was_proved() {
    for provider in Provider::ALL {
        let mut said = serde_json::to_value(cloudsnap::capabilities(&provider.to_string()).unwrap()).unwrap();
        // What cannot be seen from outside.
        let not_seen = ["create_options", "restore_options", "update_options", "max_snapshots", "lists_by_server"];
        said.as_object_mut().unwrap().retain(|name, _| !not_seen.contains(&name.as_str()));
        assert_eq!(said, proved(provider).await, "{provider}");
    }
}
