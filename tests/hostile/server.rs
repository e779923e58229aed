//! A server that answers as it is told, byte by byte, and knows no manners.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// No connection of the server outlives this: a test that hangs should fail by itself.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is done with a connection whose request was read.
pub(crate) type Behaviour = Arc<dyn Fn(&mut Connection) -> std::io::Result<()> + Send + Sync>;

/// A connection of the program.
pub(crate) struct Connection {
    stream: TcpStream,
    /// The request, up to the end of its head.
    pub(crate) request: String,
    /// Where the server listens.
    pub(crate) port: u16,
    deadline: Instant,
}

impl Connection {
    /// Sends bytes; fails once the program has closed its end.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(bytes.as_ref())?;
        self.stream.flush()
    }

    /// Sends bytes one at a time, for ever.
    pub(crate) fn drip(&mut self, byte: u8, pause: Duration) -> std::io::Result<()> {
        while Instant::now() < self.deadline {
            self.send([byte])?;
            thread::sleep(pause);
        }
        Ok(())
    }

    /// Sends bytes again and again, as fast as they are taken.
    pub(crate) fn flood(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        while Instant::now() < self.deadline {
            self.send(bytes)?;
        }
        Ok(())
    }

    /// Says nothing until the program gives up.
    pub(crate) fn hang(&mut self) -> std::io::Result<()> {
        self.stream.set_read_timeout(Some(PATIENCE))?;
        let mut rest = [0; 1024];
        while let Ok(1..) = self.stream.read(&mut rest) {}
        Ok(())
    }

    /// The value of a header of the request.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.request.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    /// Waits until the program has read what was sent, or has closed its end.
    fn linger(&mut self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
        let _ = self.stream.set_read_timeout(Some(Duration::from_secs(5)));
        let mut rest = [0; 1024];
        while let Ok(1..) = self.stream.read(&mut rest) {}
    }
}

/// A server on a port of its own. Its threads end with the program's connections.
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                counted.fetch_add(1, Ordering::SeqCst);
                let behaviour = Arc::clone(&behaviour);
                thread::spawn(move || serve(stream, port, &behaviour));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}"), asked }
    }

    /// How many connections were made.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, port: u16, behaviour: &Behaviour) {
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let _ = stream.set_write_timeout(Some(PATIENCE));
    let (mut request, mut bytes) = (Vec::new(), [0; 4096]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut bytes) {
            Ok(read @ 1..) => request.extend_from_slice(&bytes[..read]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let mut connection = Connection { stream, request, port, deadline: Instant::now() + PATIENCE };
    // The program hangs up on what it does not like: that is no failure of the server.
    if behaviour(&mut connection).is_ok() {
        connection.linger();
    }
}
