use crate::answer::Answer;

/// Takes the comma after the name out of the JSON, and puts one behind the last member.
pub(crate) fn misprint(answer: Answer) -> Answer {
    let mut text = String::from_utf8_lossy(&answer.body).into_owned();
    let from = text.find("\"name\":").unwrap_or_default();
    if let Some(comma) = text.get(from..).and_then(|rest| rest.find("\",")) {
        text.remove(from + comma + 1);
    }
    let end = text.trim_end_matches('}').len();
    if end < text.len() {
        text.insert(end, ',');
    }
    answer.with_body(text)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn a_comma_is_missing_and_one_is_too_many() {
        let body = r#"{"snapshot":{"id":"1","name":"a","status":"BUILD","links":[]}}"#;
        let answer = misprint(Answer::text(StatusCode::OK, "application/json", body));
        assert_eq!(answer.body, r#"{"snapshot":{"id":"1","name":"a""status":"BUILD","links":[],}}"#);
    }
}
