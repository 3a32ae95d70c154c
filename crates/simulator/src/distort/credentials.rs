use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::request::{Request, find};

/// The credentials that the request carries, each in many encodings, as one line of text.
pub(crate) fn echo(request: &Request) -> String {
    let variants = credentials(request).into_iter().flat_map(|secret| encodings(&secret));
    variants.collect::<Vec<_>>().join(" ; ")
}

fn credentials(request: &Request) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(value) = request.header(header::AUTHORIZATION) {
        found.push(value.to_owned());
        found.extend(value.split_once(' ').map(|(_, rest)| rest.to_owned()));
    }
    if let Some(pair) = request.authorization("Basic").and_then(|text| STANDARD.decode(text).ok()) {
        let pair = String::from_utf8_lossy(&pair).into_owned();
        found.extend(pair.split_once(':').map(|(_, password)| password.to_owned()));
        found.push(pair);
    }
    for pairs in [request.query_pairs(), request.form_pairs()] {
        let sent = ["apikey", "checksum"].into_iter().filter_map(|name| find(&pairs, name));
        found.extend(sent.map(str::to_owned));
    }
    found
}

fn encodings(secret: &str) -> Vec<String> {
    let each = |print: fn(u8) -> String| secret.bytes().map(print).collect::<String>();
    vec![
        secret.to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        serde_urlencoded::to_string([("", secret)]).unwrap_or_default(),
        each(|byte| format!("%{byte:02X}")),
        each(|byte| format!("%{byte:02x}")),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        each(|byte| format!("&#{byte};")),
        each(|byte| format!("&#x{byte:x};")),
        each(|byte| format!("\\u{byte:04x}")),
        secret.replace('/', "\\/"),
    ]
}

#[cfg(test)]
mod tests {
    use super::encodings;

    #[test]
    fn a_secret_in_its_encodings() {
        insta::assert_snapshot!(encodings("a/b c").join("\n"), @r"
        a/b c
        a%2Fb%20c
        =a%2Fb+c
        %61%2F%62%20%63
        %61%2f%62%20%63
        YS9iIGM=
        YS9iIGM
        &#97;&#47;&#98;&#32;&#99;
        &#x61;&#x2f;&#x62;&#x20;&#x63;
        \u0061\u002f\u0062\u0020\u0063
        a\/b c
        ");
    }
}
