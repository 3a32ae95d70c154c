use crate::answer::encode;
use crate::credentials::HOSTWAY_ACCOUNT_ID;
use crate::request::Request;

/// The two forms of every URI; links are answered in the form of the request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Account,
    Short,
}

/// What a path names, in either form.
pub(super) enum Target {
    Accounts,
    Account,
    Zones,
    Servers,
    ServerDetails,
    Server(String),
    Attachments(String),
    Snapshots(String),
    Snapshot(String, String),
    Action(String, String),
    ForeignAccount,
    Nothing,
}

impl Target {
    pub(super) fn of(request: &Request) -> (Form, Self) {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["accounts"] => (Form::Account, Self::Accounts),
            ["accounts", account, ..] if *account != HOSTWAY_ACCOUNT_ID => (Form::Account, Self::ForeignAccount),
            ["accounts", _] => (Form::Account, Self::Account),
            ["accounts", _, "flexcloud", "zone"] => (Form::Account, Self::Zones),
            // The plural and the singular are as the pages print them.
            ["accounts", _, "flexcloud", rest @ ..] => (Form::Account, Self::below_server(rest, "actions")),
            rest => (Form::Short, Self::below_server(rest, "action")),
        }
    }

    fn below_server(segments: &[&str], action: &str) -> Self {
        let own = |name: &str| name.to_owned();
        match *segments {
            ["servers"] => Self::Servers,
            ["servers", "detail"] => Self::ServerDetails,
            ["servers", server] => Self::Server(own(server)),
            ["servers", server, "os-volume_attachments"] => Self::Attachments(own(server)),
            ["servers", server, "snapshots"] => Self::Snapshots(own(server)),
            ["servers", server, "snapshots", id] => Self::Snapshot(own(server), own(id)),
            ["servers", server, "snapshots", id, last] if last == action => Self::Action(own(server), own(id)),
            _ => Self::Nothing,
        }
    }

    /// Whether `GET /accounts` documents what the request is for: it alone wants a content type of every request.
    pub(super) fn is_accounts(&self) -> bool {
        matches!(self, Self::Accounts | Self::Account | Self::ForeignAccount)
    }

    /// The documented query parameters; `page` and `pageSize` are a rule of the whole API.
    pub(super) fn query(&self) -> &'static [&'static str] {
        match self {
            Self::Accounts => &["page", "pageSize", "filterStatus"],
            Self::Servers => &["page", "pageSize", "name", "status", "image", "zone", "region"],
            Self::ServerDetails => &["page", "pageSize", "name", "status", "image"],
            Self::Snapshots(_) | Self::Attachments(_) => &["page", "pageSize"],
            _ => &[],
        }
    }
}

impl Form {
    pub(super) fn prefix(self) -> String {
        match self {
            Self::Account => format!("/accounts/{HOSTWAY_ACCOUNT_ID}/flexcloud"),
            Self::Short => String::new(),
        }
    }

    /// What a fault's body calls its id.
    pub(super) fn fault_id_name(self) -> &'static str {
        match self {
            Self::Account => "errorid",
            Self::Short => "guid",
        }
    }
}

/// The links of answers, which start at this origin in the form of the request.
#[derive(Clone, Copy)]
pub(super) struct Links<'a> {
    pub(super) origin: &'a str,
    pub(super) form: Form,
}

impl Links<'_> {
    pub(super) fn to(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.form.prefix())
    }

    pub(super) fn server(&self, server: &str) -> String {
        self.to(&format!("/servers/{}/", encode(server)))
    }

    pub(super) fn snapshot(&self, server: &str, id: &str) -> String {
        format!("{}snapshots/{}/", self.server(server), encode(id))
    }
}
