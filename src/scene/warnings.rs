//! What a file asks for and does not get, for the log.

/// How many warnings a load keeps; a broken exporter repeats the same one for each object.
const KEPT: usize = 16;

/// The first few warnings of a load, and how many more there were.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    kept: Vec<String>,
    more: usize,
}

impl Warnings {
    /// Adds a sentence.
    pub fn add(&mut self, text: impl FnOnce() -> String) {
        if self.kept.len() < KEPT {
            self.kept.push(text());
        } else {
            self.more += 1;
        }
    }

    /// How many were added.
    pub fn count(&self) -> usize {
        self.kept.len() + self.more
    }

    /// All sentences, the last of which counts those that were not kept.
    pub fn into_sentences(mut self) -> Vec<String> {
        if self.more > 0 {
            self.kept.push(format!("{} more warnings.", self.more));
        }
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_counted() {
        let mut warnings = Warnings::default();
        for i in 0..KEPT + 3 {
            warnings.add(|| i.to_string());
        }
        let sentences = warnings.into_sentences();
        assert_eq!(sentences.len(), KEPT + 1);
        assert_eq!(sentences[KEPT], "3 more warnings.");
    }
}
