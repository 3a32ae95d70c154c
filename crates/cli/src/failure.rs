//! A command that came to nothing.

use cloudsnap::Error;

use crate::exit::Exit;

/// What went wrong, once or in several places, and how the command ends.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) errors: Vec<Error>,
    pub(crate) exit: Exit,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { exit: Exit::of(&error), errors: vec![error] }
    }
}

impl From<Vec<Error>> for Failure {
    fn from(errors: Vec<Error>) -> Self {
        Self { exit: Exit::of_all(errors.iter().map(Exit::of)), errors }
    }
}

/// All values, or all errors: nothing is begun while anything is wrong.
pub(crate) fn all_or_errors<T>(results: impl IntoIterator<Item = cloudsnap::Result<T>>) -> Result<Vec<T>, Failure> {
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors.into()) }
}
