//! Reads the text fields of a `multipart/form-data` body.

/// The fields in their order; empty where the content type names no boundary.
pub(crate) fn fields(content_type: &str, body: &[u8]) -> Vec<(String, String)> {
    let Some(boundary) = boundary(content_type) else { return Vec::new() };
    let text = format!("\r\n{}", String::from_utf8_lossy(body));
    text.split(&format!("\r\n--{boundary}")).skip(1).filter_map(field).collect()
}

fn boundary(content_type: &str) -> Option<&str> {
    let (_, rest) = content_type.split_once("boundary=")?;
    let boundary = rest.split(';').next()?.trim().trim_matches('"');
    (!boundary.is_empty()).then_some(boundary)
}

/// The name and value of one part; the closing delimiter has neither.
fn field(part: &str) -> Option<(String, String)> {
    let (head, value) = part.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
    let (_, rest) = head.split_once("; name=\"")?;
    let (name, _) = rest.split_once('"')?;
    Some((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn the_fields_keep_their_order_and_their_line_breaks() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"apikey\"\r\n\r\nkey\r\n\
                    --x\r\ncontent-disposition: form-data; name=\"params[code]\"\r\ncontent-type: text/plain\r\n\r\na\r\n--b\r\n\
                    --x--\r\n";
        let found = fields("multipart/form-data; boundary=\"x\"", body.as_bytes());
        assert_eq!(found, [("apikey".into(), "key".into()), ("params[code]".into(), "a\r\n--b".into())]);
    }

    #[test]
    fn without_a_boundary_there_are_no_fields() {
        assert_eq!(fields("multipart/form-data", b"--x\r\n"), []);
        assert_eq!(fields("multipart/form-data; boundary=", b"--\r\n"), []);
    }
}
