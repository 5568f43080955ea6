//! SIGINT and SIGTERM: the first one stops the server in good order, the second one at once. SIGHUP has it
//! read again what may change while it runs.

use std::{io, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use tokio::sync::oneshot;

/// Brings the first signal.
pub type Stop = oneshot::Receiver<i32>;

/// Listens for signals from now on, and calls `read_again` at each SIGHUP.
///
/// # Errors
/// If the system refuses the handlers or the thread that waits for signals.
pub fn listen(read_again: impl Fn() + Send + 'static) -> io::Result<Stop> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let (stop, stopped) = oneshot::channel();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let mut stop = Some(stop);
            for signal in signals.forever() {
                if signal == SIGHUP {
                    read_again();
                    continue;
                }
                let sent = stop.take().map(|stop| stop.send(signal));
                if !matches!(sent, Some(Ok(()))) {
                    // Nothing is left to be said if even this fails.
                    let _ = emulate_default_handler(signal);
                }
            }
        })?;
    Ok(stopped)
}
