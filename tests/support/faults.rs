//! A network that loses the commands and replies that a test tells it to lose.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What happens to a command.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The connection is cut before the server has it.
    LoseCommand,
    /// The server carries it out, and the connection is cut before the reply arrives.
    LoseReply,
    /// It gets this for a reply, and the server never hears of it.
    Say(&'static str),
}

#[derive(Debug)]
struct Plan {
    server: Mutex<SocketAddr>,
    /// By a word of the command: each happens once, in this order.
    faults: Mutex<Vec<(&'static str, Fault)>>,
    /// Every word that came by.
    words: Mutex<Vec<String>>,
    open: Mutex<Vec<TcpStream>>,
}

/// Stands between a client, which sends one command at a time, and the server.
#[derive(Debug)]
pub struct Network {
    pub address: SocketAddr,
    plan: Arc<Plan>,
}

impl Network {
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let plan = Arc::new(Plan {
            server: Mutex::new(server),
            faults: Mutex::default(),
            words: Mutex::default(),
            open: Mutex::default(),
        });
        let of_listener = Arc::clone(&plan);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                of_listener.connect(&client);
            }
        });
        Self { address, plan }
    }

    /// The server was started again. It has another port: its old one may be somebody else's by now.
    pub fn lead_to(&self, server: SocketAddr) {
        *self.plan.server.lock().unwrap() = server;
    }

    pub fn plan(&self, faults: &[(&'static str, Fault)]) {
        *self.plan.faults.lock().unwrap() = faults.to_vec();
    }

    /// The faults that have not happened.
    pub fn left(&self) -> usize {
        self.plan.faults.lock().unwrap().len()
    }

    /// How often this word was sent.
    pub fn count(&self, word: &str) -> usize {
        self.plan.words.lock().unwrap().iter().filter(|sent| *sent == word).count()
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        for stream in self.plan.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Plan {
    fn connect(self: &Arc<Self>, client: &TcpStream) {
        let Ok(server) = TcpStream::connect(*self.server.lock().unwrap()) else { return };
        let cut_at_reply = Arc::new(AtomicBool::new(false));
        let pair = || (client.try_clone().unwrap(), server.try_clone().unwrap());
        self.open.lock().unwrap().extend([pair().0, pair().1]);
        let (plan, cut, (client, server)) = (Arc::clone(self), Arc::clone(&cut_at_reply), pair());
        thread::spawn(move || plan.commands(client, server, &cut));
        let (client, server) = pair();
        thread::spawn(move || replies(client, server, &cut_at_reply));
    }

    fn commands(&self, mut client: TcpStream, mut server: TcpStream, cut_at_reply: &AtomicBool) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..count]);
            let words: Vec<&str> = text.split("\r\n").collect();
            self.words.lock().unwrap().extend(words.iter().map(|word| (*word).to_owned()));
            let mut faults = self.faults.lock().unwrap();
            let at = faults.iter().position(|(word, _)| words.contains(word));
            let fault = at.map(|at| faults.remove(at).1);
            drop(faults);
            match fault {
                Some(Fault::LoseCommand) => break,
                Some(Fault::Say(reply)) => {
                    let _ = client.write_all(format!("{reply}\r\n").as_bytes());
                    continue;
                }
                Some(Fault::LoseReply) => cut_at_reply.store(true, Ordering::SeqCst),
                None => {}
            }
            if server.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    }
}

fn replies(mut client: TcpStream, mut server: TcpStream, cut: &AtomicBool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        if cut.load(Ordering::SeqCst) || client.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}
