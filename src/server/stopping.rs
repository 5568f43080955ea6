//! The end of the server: first it takes no new requests, then it waits no longer for those under way.

use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Serving,
    Draining,
    Over,
}

/// How far the end has come. All who ask see the same.
#[derive(Debug)]
pub struct Stopping(watch::Sender<Stage>);

impl Default for Stopping {
    fn default() -> Self {
        Self(watch::Sender::new(Stage::Serving))
    }
}

impl Stopping {
    /// From now on requests under way are finished, and no more.
    pub fn drain(&self) {
        self.0.send_replace(Stage::Draining);
    }

    /// Whether that is so.
    pub fn is_draining(&self) -> bool {
        *self.0.borrow() >= Stage::Draining
    }

    /// Waits for that.
    pub async fn draining(&self) {
        self.reached(Stage::Draining).await;
    }

    /// Requests that are still under way are given up.
    pub fn give_up(&self) {
        self.0.send_replace(Stage::Over);
    }

    /// Waits for that.
    pub async fn over(&self) {
        self.reached(Stage::Over).await;
    }

    async fn reached(&self, wanted: Stage) {
        let mut stage = self.0.subscribe();
        // The sender lives as long as this.
        let _ = stage.wait_for(|stage| *stage >= wanted).await;
    }
}
