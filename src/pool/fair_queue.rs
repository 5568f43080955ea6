//! A queue in which each client has a line of its own, and the lines take turns.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// What waits, by client. A client is in `turns` exactly as long as its line has something in it.
#[derive(Debug)]
pub struct FairQueue<C, T> {
    lines: HashMap<C, VecDeque<T>>,
    turns: VecDeque<C>,
    len: usize,
}

impl<C, T> Default for FairQueue<C, T> {
    fn default() -> Self {
        Self {
            lines: HashMap::new(),
            turns: VecDeque::new(),
            len: 0,
        }
    }
}

impl<C: Copy + Eq + Hash, T> FairQueue<C, T> {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether something of this client waits.
    pub fn has(&self, client: C) -> bool {
        self.lines.contains_key(&client)
    }

    /// Puts something at the end of its client's line.
    pub fn push(&mut self, client: C, item: T) {
        let line = self.lines.entry(client).or_default();
        if line.is_empty() {
            self.turns.push_back(client);
        }
        line.push_back(item);
        self.len += 1;
    }

    /// Takes the first of the line whose turn it is.
    pub fn pop(&mut self) -> Option<T> {
        let client = self.turns.pop_front()?;
        let line = self.lines.get_mut(&client)?;
        let item = line.pop_front()?;
        self.len -= 1;
        if line.is_empty() {
            self.lines.remove(&client);
        } else {
            self.turns.push_back(client);
        }
        Some(item)
    }

    /// Takes the first of a client's line that is the one.
    pub fn remove(&mut self, client: C, is_it: impl FnMut(&T) -> bool) -> Option<T> {
        let line = self.lines.get_mut(&client)?;
        let item = line.iter().position(is_it).and_then(|at| line.remove(at))?;
        self.len -= 1;
        if line.is_empty() {
            self.lines.remove(&client);
            self.turns.retain(|&other| other != client);
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_take_turns_and_keep_their_order() {
        let mut queue = FairQueue::default();
        for number in 0..4 {
            queue.push('a', ('a', number));
        }
        queue.push('b', ('b', 0));
        queue.push('c', ('c', 0));
        queue.push('b', ('b', 1));
        assert_eq!(
            (queue.len(), queue.has('b'), queue.has('d')),
            (7, true, false)
        );
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        let expected = [
            ('a', 0),
            ('b', 0),
            ('c', 0),
            ('a', 1),
            ('b', 1),
            ('a', 2),
            ('a', 3),
        ];
        assert_eq!(order, expected);
        assert_eq!((queue.len(), queue.has('a')), (0, false));
    }

    #[test]
    fn what_is_taken_out_of_a_line_leaves_the_others_alone() {
        let mut queue = FairQueue::default();
        for (client, number) in [('a', 0), ('b', 0), ('a', 1), ('a', 2)] {
            queue.push(client, number);
        }
        assert_eq!(queue.remove('a', |&number| number == 1), Some(1));
        assert_eq!(queue.remove('a', |&number| number == 1), None);
        assert_eq!(queue.remove('c', |_| true), None);
        assert_eq!(queue.remove('b', |_| true), Some(0));
        assert_eq!((queue.len(), queue.has('b')), (2, false));
        // A line that is begun again has one turn, not two.
        queue.push('b', 7);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [0, 7, 2]);
    }
}
