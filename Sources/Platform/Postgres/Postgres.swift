// Postgres: one wrapper around libpq, for a daemon that must know what happened to each statement.
//
// WHO OWNS WHAT
//
//   Database ──► PostgresConnection (actor) ──► Session ──► ConnectionHandle (PGconn)
//                     │                                         └─► ResultHandle (PGresult)
//                     └─► NotificationSource (Dispatch read source on a duplicate of the socket)
//
// A `PostgresConnection` is one session with one server: it connects once, and once closed or lost it
// stays so. `Database` stands in front, opens the next connection when the last one broke, and is what
// most callers want. Handles are `~Copyable`, never leave the actor, and free what they own in `deinit`.
//
// THREADS
//
// The actor's executor is a serial Dispatch queue of its own (`QueueExecutor`). Calls into libpq that
// may wait happen there and nowhere else, so Swift's cooperative pool never waits for a server, and no
// two threads ever touch one PGconn. Callers suspend; statements run in the order of their arrival.
// Everything after the connect uses libpq's asynchronous interface and poll(2) with a deadline, because
// a stopped server or a silent network would otherwise hold the thread for ever. Two connections run
// in parallel. A connection is meant to be one of few: each may keep a thread busy.
//
// STATES
//
//   idle ──connect()──► open ──close(), loss, client deadline──► closed
//
// A connection found closed before anything was sent fails with `connectionLost` and
// `outcomeUnknown == false`. That is the one case in which `Database` runs a statement again by itself.
//
// FAILURES, AND WHAT THEY SAY
//
//   server(SQLSTATE)    the server refused; nothing of that statement took effect; the session lives on
//   connectionLost      the session is gone; see `outcomeUnknown`
//   timedOut            the client deadline passed; the session is given up; see `outcomeUnknown`
//   decoding, encoding  our side and the schema disagree; for decoding, the statement has taken effect
//
// There are two deadlines. The server's own `statement_timeout` speaks first and leaves the session
// usable (SQLSTATE 57014, nothing took effect). The client's comes a grace period later and means that
// the server no longer answers. A statement lost outside a transaction, and a lost COMMIT, may or may
// not have taken effect: `outcomeUnknown`. Lost inside a transaction before COMMIT: it did not.
//
// TRANSACTIONS
//
// A body is a synchronous function over a borrowed `Transaction`: nothing can be awaited inside, and
// the transaction cannot escape. A thrown error rolls back; the error of a failing rollback is kept
// beside the one that led to it. A COMMIT that the server answers with ROLLBACK, because the body
// swallowed an error, is an error.
//
// BEHIND A TRANSACTION POOLER
//
// With `ConnectionConfiguration.preparedStatements == false` nothing is prepared by name and only
// the settings that PgBouncer carries from server to server are set (client_encoding, DateStyle,
// IntervalStyle, TimeZone, application_name). LISTEN does not work there.
//
// WHAT IS NOT GUARANTEED
//
// - Cancelling a Swift task does not interrupt a running statement; the deadlines do.
// - connect() may take the connect timeout once per host of the connection string, and name resolution
//   has only the resolver's own limits.
// - Notifications are hints. They may be dropped when nobody reads them, and all that happen while no
//   connection listens are lost: look into the tables after each (re)connect.
// - The loss of an idle connection that does not listen is noticed at its next use.
// - After the client deadline the server may go on working until it notices that the client is gone.
// - Notices that the server sends while we log in go to stderr: libpq offers no hook before that.
// - COPY is refused.
