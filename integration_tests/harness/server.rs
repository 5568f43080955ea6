//! The built binary as a child process.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take until it says that it can render. Generous: a cold shader cache on a
/// busy machine.
const START: Duration = Duration::from_secs(90);
/// How long a server may take to stop.
const STOP: Duration = Duration::from_secs(30);
/// SIGTERM, as `ExitStatus::signal` gives it.
pub const SIGTERM: i32 = 15;

const BINARY: &str = env!("CARGO_BIN_EXE_gltf-render-server");

/// A command line of the binary under test, free of the caller's own `GLTF_RENDER_SERVER_*`
/// settings.
pub fn program() -> Command {
    without_settings(Command::new(BINARY))
}

/// The same after a line of shell, such as one that sets a limit.
pub fn program_after(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!(r#"{line} && exec "$0" "$@""#), BINARY]);
    without_settings(command)
}

fn without_settings(mut command: Command) -> Command {
    for (name, _) in std::env::vars() {
        if name.starts_with("GLTF_RENDER_SERVER_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end, or kills it after `limit`.
pub fn run(mut command: Command, limit: Duration) -> Output {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let stdout = drain(child.stdout.take().unwrap());
    let stderr = drain(child.stderr.take().unwrap());
    let status = wait(&mut child, limit);
    Output {
        status,
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

fn wait(child: &mut Child, limit: Duration) -> ExitStatus {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the program still ran after {limit:?}");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// A running server.
pub struct Server {
    child: Mutex<Child>,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    log: Arc<Mutex<String>>,
    /// What writes the log, until the server has ended.
    followers: Mutex<Vec<thread::JoinHandle<()>>>,
}

impl Server {
    /// Starts `command` and waits until it says "Running on".
    pub fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let log = Arc::new(Mutex::new(String::new()));
        let (say, hear) = mpsc::channel();
        let followers = vec![
            follow(child.stdout.take().unwrap(), &log, Some(say)),
            follow(child.stderr.take().unwrap(), &log, None),
        ];
        let Ok(url) = hear.recv_timeout(START) else {
            let _ = child.kill();
            panic!(
                "the server did not start; its log:\n{}",
                log.lock().unwrap()
            );
        };
        Self {
            child: Mutex::new(child),
            url,
            log,
            followers: Mutex::new(followers),
        }
    }

    /// A server on a free port, with further arguments.
    pub fn on_free_port(arguments: &[&str]) -> Self {
        let mut command = program();
        command.args(["--host", "127.0.0.1", "--port", "0"]);
        command.args(arguments);
        Self::start(command)
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// What the server has printed, as far as it has been read; all of it after its end.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// A line of the system's account of the server's memory, such as `VmHWM`, kB.
    pub fn memory(&self, line: &str) -> u64 {
        let status = std::fs::read_to_string(self.account("status")).unwrap();
        let line = status
            .lines()
            .find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
        let number = line.unwrap().trim().trim_end_matches(" kB");
        number.parse().unwrap()
    }

    /// How many files and sockets the server has open.
    pub fn open_files(&self) -> usize {
        std::fs::read_dir(self.account("fd")).unwrap().count()
    }

    /// Where the system tells of the server.
    fn account(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.child.lock().unwrap().id())
    }

    /// Asks the server to stop and returns at once.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends the signal of a name.
    pub fn signal(&self, name: &str) {
        let id = self.child.lock().unwrap().id().to_string();
        // The shell's own kill: a bare machine has no program of that name.
        let kill = format!("kill -s {name} {id}");
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}");
    }

    /// Waits until the log has so many lines with a text.
    pub fn wait_for_log(&self, text: &str, count: usize) {
        let end = Instant::now() + STOP;
        while self
            .log()
            .lines()
            .filter(|line| line.contains(text))
            .count()
            < count
        {
            assert!(
                Instant::now() < end,
                "no {text} in the log:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the end of a server that was asked to stop; checks that it died by SIGTERM and
    /// that nothing went wrong inside.
    pub fn assert_clean_end(&self) {
        self.assert_end();
        let log = self.log();
        for bad in ["ERROR", "panicked"] {
            assert!(!log.contains(bad), "{bad} in the server's log:\n{log}");
        }
    }

    /// Waits for the end of a server that was asked to stop; checks that it died by SIGTERM.
    pub fn assert_end(&self) {
        let status = wait(&mut self.child.lock().unwrap(), STOP);
        for follower in self.followers.lock().unwrap().drain(..) {
            follower.join().unwrap();
        }
        let log = self.log();
        assert_eq!(
            status.signal(),
            Some(SIGTERM),
            "{status}, not dead by SIGTERM; log:\n{log}"
        );
    }

    /// Stops the server by SIGTERM and checks its end.
    pub fn stop(&self) {
        self.terminate();
        self.assert_clean_end();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed leaves no server behind; after `stop` there is nothing to kill.
        let _ = self.child.lock().map(|mut child| child.kill());
    }
}

fn follow(
    pipe: impl Read + Send + 'static,
    log: &Arc<Mutex<String>>,
    say: Option<mpsc::Sender<String>>,
) -> thread::JoinHandle<()> {
    let log = Arc::clone(log);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if let (Some(say), Some(url)) = (&say, line.strip_prefix("Running on ")) {
                let _ = say.send(url.trim().to_owned());
            }
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    })
}

static SHARED: OnceLock<Server> = OnceLock::new();

/// The server that all tests share, started by the first that asks.
pub fn shared() -> &'static Server {
    SHARED.get_or_init(|| Server::on_free_port(&[]))
}

/// Stops the shared server, if one was started, and checks its end.
pub fn stop_shared() {
    if let Some(server) = SHARED.get() {
        server.stop();
    }
}
