//! Asks one server one question, over UDP, and over TCP if the answer does not fit into a datagram.
//!
//! Each question has a socket of its own, so the system chooses a port for it, and a random number. A datagram that does
//! not answer the question is ignored, as are those that are not from the server.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use domain::{
    base::{Message, MessageBuilder, Name, Rtype, iana::Rcode},
    rdata::{A, Aaaa},
};
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

/// The maximum size of a datagram. A server must send at most 512 bytes, because the question does not allow more.
const MAX_DATAGRAM: usize = 4096;

/// The maximum time for an answer over TCP. After that, the addresses in the datagram are used.
const TCP_TIME: Duration = Duration::from_secs(1);

/// The kind of address that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    V4,
    V6,
}

/// What to ask.
#[derive(Clone, Debug)]
pub struct Question {
    pub name: Name<Vec<u8>>,
    pub family: Family,
    pub over_tcp: bool,
}

/// What a server knows of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The addresses, and for how long they are valid.
    Addresses(Vec<IpAddr>, Duration),
    /// The name has no address of the kind.
    NoAddresses,
    NoSuchName,
}

/// The reason why a server gave no answer.
#[derive(Debug, Error)]
pub enum Trouble {
    #[error("answered {0}")]
    Failed(Rcode),
    #[error("does not look names up")]
    NotRecursive,
    #[error("sent an answer that is not valid")]
    Invalid,
    #[error("failed: {0}")]
    System(#[from] io::Error),
}

/// Asks a server. Waits for its answer without a limit.
///
/// # Errors
/// Returns why the server gives no answer.
pub async fn ask(server: SocketAddr, question: Question) -> Result<Answer, Trouble> {
    let asked = question.message();
    if question.over_tcp {
        return question.read(&over_tcp(server, &asked).await?);
    }
    let answer = over_udp(server, &asked).await?;
    if !answer.header().tc() {
        return question.read(&answer);
    }
    let whole = timeout(TCP_TIME, over_tcp(server, &asked)).await;
    match (whole, question.read(&answer)) {
        (Ok(Ok(whole)), _) => question.read(&whole),
        (_, Ok(answer @ Answer::Addresses(..))) => Ok(answer),
        (Ok(Err(trouble)), _) => Err(trouble),
        (Err(_), _) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

impl Question {
    fn message(&self) -> Message<Vec<u8>> {
        let mut message = MessageBuilder::new_vec();
        let header = message.header_mut();
        header.set_id(random());
        header.set_rd(true);
        let mut message = message.question();
        // A vector grows, and a message has room for one question.
        let _ = message.push((&self.name, self.record_type()));
        message.into_message()
    }

    const fn record_type(&self) -> Rtype {
        match self.family {
            Family::V4 => Rtype::A,
            Family::V6 => Rtype::AAAA,
        }
    }

    fn read(&self, message: &Message<Vec<u8>>) -> Result<Answer, Trouble> {
        let header = message.header();
        match header.rcode() {
            Rcode::NOERROR => {}
            Rcode::NXDOMAIN => return Ok(Answer::NoSuchName),
            code => return Err(Trouble::Failed(code)),
        }
        let found = self.addresses(message).ok_or(Trouble::Invalid)?;
        if let Some(ttl) = found.iter().map(|(_, ttl)| *ttl).min() {
            return Ok(Answer::Addresses(found.into_iter().map(|(address, _)| address).collect(), ttl));
        }
        // As in glibc: another server may know more.
        let is_referral = !header.aa() && !header.ra() && message.header_counts().arcount() == 0;
        if is_referral { Err(Trouble::NotRecursive) } else { Ok(Answer::NoAddresses) }
    }

    /// Returns the addresses of the name, or of the last name of its aliases. An answer that is cut off has those before
    /// the cut.
    fn addresses(&self, message: &Message<Vec<u8>>) -> Option<Vec<(IpAddr, Duration)>> {
        let name = message.canonical_name()?;
        let records = message.answer().ok()?;
        let mut found = Vec::new();
        match self.family {
            Family::V4 => {
                for record in records.limit_to_in::<A>().map_while(Result::ok) {
                    if *record.owner() == name {
                        let address: Ipv4Addr = record.data().addr();
                        found.push((address.into(), record.ttl().into_duration()));
                    }
                }
            }
            Family::V6 => {
                for record in records.limit_to_in::<Aaaa>().map_while(Result::ok) {
                    if *record.owner() == name {
                        let address: Ipv6Addr = record.data().addr();
                        found.push((address.into(), record.ttl().into_duration()));
                    }
                }
            }
        }
        Some(found)
    }
}

/// Returns a number that others cannot predict. The keys of the hash are random.
#[expect(clippy::cast_possible_truncation, reason = "all bits are random")]
fn random() -> u16 {
    RandomState::new().build_hasher().finish() as u16
}

async fn over_udp(server: SocketAddr, asked: &Message<Vec<u8>>) -> Result<Message<Vec<u8>>, Trouble> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    connect(&socket, server).await?;
    socket.send(asked.as_slice()).await?;
    let mut datagram = [0; MAX_DATAGRAM];
    loop {
        let length = socket.recv(&mut datagram).await?;
        if let Ok(answer) = Message::from_octets(datagram[..length].to_vec())
            && answer.is_answer(asked)
        {
            return Ok(answer);
        }
    }
}

/// Sets the other end of a socket. The system refuses datagrams from elsewhere, and says if nobody listens there.
#[expect(clippy::disallowed_methods, reason = "an address, which is not resolved")]
async fn connect(socket: &UdpSocket, server: SocketAddr) -> io::Result<()> {
    socket.connect(server).await
}

#[expect(clippy::disallowed_methods, reason = "an address, which is not resolved")]
async fn over_tcp(server: SocketAddr, asked: &Message<Vec<u8>>) -> Result<Message<Vec<u8>>, Trouble> {
    let mut stream = TcpStream::connect(server).await?;
    let asked = asked.as_slice();
    // RFC 1035, 4.2.2: the length comes first. A name has at most 255 bytes.
    let length = u16::try_from(asked.len()).map_err(|_| Trouble::Invalid)?;
    stream.write_all(&[&length.to_be_bytes(), asked].concat()).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer).await?;
    let asked = Message::from_octets(asked).map_err(|_| Trouble::Invalid)?;
    Message::from_octets(answer).ok().filter(|answer| answer.is_answer(&asked)).ok_or(Trouble::Invalid)
}
