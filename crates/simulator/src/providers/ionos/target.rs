use crate::request::Request;

/// What a path below the base path names.
pub(super) enum Target {
    Centres,
    Centre(String),
    Volumes(String),
    Volume(String, String),
    CreateSnapshot(String, String),
    RestoreSnapshot(String, String),
    Snapshots,
    Snapshot(String),
    Labels(String),
    Label(String, String),
    Requests,
    Request(String),
    RequestStatus(String),
    Nothing,
}

impl Target {
    pub(super) fn of(request: &Request) -> Self {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["cloudapi", "v6", path @ ..] = segments.as_slice() else { return Self::Nothing };
        let own = |name: &str| name.to_owned();
        match *path {
            ["datacenters"] => Self::Centres,
            ["datacenters", centre] => Self::Centre(own(centre)),
            ["datacenters", centre, "volumes"] => Self::Volumes(own(centre)),
            ["datacenters", centre, "volumes", volume] => Self::Volume(own(centre), own(volume)),
            ["datacenters", centre, "volumes", volume, "create-snapshot"] => {
                Self::CreateSnapshot(own(centre), own(volume))
            }
            ["datacenters", centre, "volumes", volume, "restore-snapshot"] => {
                Self::RestoreSnapshot(own(centre), own(volume))
            }
            ["snapshots"] => Self::Snapshots,
            ["snapshots", id] => Self::Snapshot(own(id)),
            ["snapshots", id, "labels"] => Self::Labels(own(id)),
            ["snapshots", id, "labels", key] => Self::Label(own(id), own(key)),
            ["requests"] => Self::Requests,
            ["requests", id] => Self::Request(own(id)),
            ["requests", id, "status"] => Self::RequestStatus(own(id)),
            _ => Self::Nothing,
        }
    }
}
