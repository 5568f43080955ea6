//! Hands out large answers in pieces, and cuts off clients that take them too slowly.
//!
//! The kernel cuts off who takes nothing at all (`listen`), but is content with a few bytes now and then.
//! actix asks a body for its next piece once most of those before have gone to the kernel, and so shows how far
//! the client has come. While nothing goes it does not ask, so that the body cannot end the connection by
//! an error in time: a task beside it looks at the clock.

use std::any::Any;
use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{io, net};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use actix_web::rt::task::JoinHandle;
use actix_web::rt::{spawn, time::sleep};
use actix_web::web::{Bytes, Data};
use socket2::{SockRef, Socket};

use super::app::App;
use super::pace::Pace;
use crate::request_id::RequestId;

/// What is handed out at a time, bytes. Answers up to this size are not watched. With pieces of half the size an
/// image of 1.2 MB takes 0.1 ms longer to its client on the same machine, with these no longer than as a whole.
const PIECE: usize = 128 << 10;

/// The socket of a connection.
#[derive(Clone)]
struct Connection(Rc<Socket>);

impl Connection {
    /// Ends it at once: what the kernel has not sent yet is lost, as when the kernel cuts it off.
    fn cut(&self) -> io::Result<()> {
        self.0.set_linger(Some(Duration::ZERO))?;
        self.0.shutdown(net::Shutdown::Both)
    }
}

/// Keeps a second handle of the socket of each connection, for its answers. A connection for which there is
/// none left is served all the same, and its answers are not watched.
pub fn connected(stream: &dyn Any, data: &mut Extensions) {
    let Some(stream) = stream.downcast_ref::<TcpStream>() else {
        return;
    };
    match SockRef::from(stream).try_clone() {
        Ok(socket) => {
            data.insert(Connection(Rc::new(socket)));
        }
        Err(error) => log::debug!("The answers of a connection are not watched: {error}."),
    }
}

/// Has large answers taken at the pace of bodies that are sent.
pub async fn hold(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let connection = request.conn_data::<Connection>().cloned();
    let answer = next.call(request).await?.map_into_boxed_body();
    let Some(connection) = connection else {
        return Ok(answer);
    };
    Ok(answer.map_body(|_, body| match body.try_into_bytes() {
        Ok(bytes) if bytes.len() > PIECE => {
            BoxBody::new(PacedBody::new(bytes, Data::clone(&app), connection))
        }
        Ok(bytes) => BoxBody::new(bytes),
        Err(body) => body,
    }))
}

/// What is left of an answer. All of it stays in memory until the last piece is handed out.
struct PacedBody {
    app: Data<App>,
    whole: usize,
    rest: Bytes,
    pace: Pace,
    watch: JoinHandle<()>,
}

impl PacedBody {
    fn new(bytes: Bytes, app: Data<App>, connection: Connection) -> Self {
        let pace = Pace::new(app.config.body_timeout);
        app.counts.leaves(bytes.len());
        let watch = watch(app.clone(), pace.clone(), connection, RequestId::current());
        Self {
            app,
            whole: bytes.len(),
            rest: bytes,
            pace,
            watch: spawn(watch),
        }
    }
}

/// Cuts a connection off when its client has fallen behind.
async fn watch(app: Data<App>, pace: Pace, connection: Connection, id: Option<RequestId>) {
    loop {
        let left = pace.left();
        if left.is_zero() {
            break;
        }
        sleep(left).await;
    }
    RequestId::within(id, || {
        app.counts.cut_off();
        log::info!("A client is cut off that took its answer too slowly.");
        if let Err(error) = connection.cut() {
            log::debug!("It had gone already: {error}.");
        }
    });
}

impl MessageBody for PacedBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        let piece = this.rest.split_to(this.rest.len().min(PIECE));
        this.pace.pass(piece.len());
        Poll::Ready(Some(piece).filter(|piece| !piece.is_empty()).map(Ok))
    }
}

impl Drop for PacedBody {
    fn drop(&mut self) {
        self.watch.abort();
        self.app.counts.has_left(self.whole);
    }
}
