import GraphSandbox
import Journal
import Leases
import Logging
import Publishing
import Store
import TestSupport
import Testing

/// An answer to `media_publish` that leaves open whether the post is live; it is.
struct Silence: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let answer: FaultAnswer

  static let all: [Silence] = [
    Silence(testDescription: "a cut connection", answer: FaultAnswer(close: true)),
    Silence(testDescription: "a time-out", answer: FaultAnswer(stall: 3600)),
    Silence(
      testDescription: "500 with code 2",
      answer: FaultAnswer(status: 500, error: FaultError(code: 2))
    ),
    Silence(
      testDescription: "4/2207051",
      answer: FaultAnswer(status: 403, error: FaultError(code: 4, subcode: 2_207_051))
    ),
    Silence(testDescription: "an unreadable 200", answer: FaultAnswer(status: 200, body: "<html>")),
    Silence(testDescription: "a 200 without an id", answer: FaultAnswer(status: 200, body: "{}")),
    Silence(testDescription: "half an answer", answer: FaultAnswer(truncate: true)),
  ]
}

@Suite("At the pivot")
struct PivotTests {
  @Test("an answer that proves nothing never leads to a second publish", arguments: Silence.all)
  func unknownOutcome(_ silence: Silence) async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(SandboxFault("publish", effect: .after, answer: silence.answer))
      let id = try await installation.post(caption: "Is it there?")
      let next = try await installation.post(caption: "The next one")
      try await installation.harness { harness in
        try await harness.pass()
        let row = try await installation.post(id)
        #expect(["unconfirmed", "posted"].contains(row.status), "\(row)")
        #expect(row.isMarked && !row.isLeased)
        try await eventually("the post is proven, or left to a human") {
          try await harness.pass()
          return ["posted", "unconfirmed"].contains(try await installation.post(id).status)
        }
        // An open question blocks nothing but itself.
        #expect(try await installation.post(next).status == "posted")
      }
      let published = installation.sandbox.published().filter { $0.caption == "Is it there?" }
      #expect(published.count == 1)
      let row = try await installation.post(id)
      if row.status == "posted" { #expect(row.media == published.first?.id) }
      #expect(installation.publishRequests.count == 2, "one for each post")
      #expect(installation.sandbox.duplicates == [])
      #expect(try installation.publicFiles == [])
    }
  }

  @Test("a permalink that cannot be read does not make a live post look failed")
  func permalinkFails() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(
        SandboxFault(
          "read_media",
          times: 0,
          answer: FaultAnswer(error: FaultError(code: 100, subcode: 33))
        )
      )
      let id = try await installation.post(caption: "Live")
      try await installation.harness { harness in
        let tally = try await harness.pass()
        #expect(tally.posted == 1)
      }
      let row = try await installation.post(id)
      #expect(row.status == "posted" && row.permalink == nil && row.cause == nil)
      #expect(installation.sandbox.published().map(\.id) == [row.media])
    }
  }

  @Test("the media id is in the journal before the database is asked to record it")
  func journalFirst() async throws {
    try await TestInstallation.stand { installation in
      let id = try await installation.post(caption: "Two memories")
      // The database refuses the id; the post is live all the same.
      try await installation.sql(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.provider_post_id IS NOT NULL AND EXISTS (SELECT FROM pg_class WHERE relname = 'refusing') THEN
            RAISE EXCEPTION 'not now' USING ERRCODE = '53100';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TABLE refusing ();
        CREATE TRIGGER refuse BEFORE UPDATE ON scheduling_posts FOR EACH ROW EXECUTE FUNCTION refuse();
        """
      )
      try await installation.harness { harness in
        async let tally = harness.pass()
        try await eventually("the journal knows it") { !harness.journal.of(.live).isEmpty }
        let media = try #require(installation.sandbox.published().first)
        #expect(harness.journal.of(.live).first?.metadata["media"]?.description == media.id)
        let row = try await installation.post(id)
        #expect(row.status == "posting" && row.media == nil && row.isMarked)
        try await installation.sql("DROP TABLE refusing")
        #expect(try await tally.posted == 1)
        let after = try await installation.post(id)
        #expect(after.status == "posted" && after.media == media.id)
        #expect(installation.publishRequests.count == 1)
      }
    }
  }

  @Test("a database that goes away while a post is published records it once it is back")
  func databaseAway() async throws {
    try await TestInstallation.stand(on: TemporaryPostgres()) { installation in
      installation.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 0.5))
      )
      let id = try await installation.post(caption: "Blackout")
      try await installation.harness { harness in
        async let tally = harness.pass()
        try await eventually("publishing is requested") { !installation.publishRequests.isEmpty }
        await installation.postgres.stop()
        try await eventually("it is live") { !harness.journal.of(.live).isEmpty }
        try await installation.postgres.start()
        #expect(try await tally.posted == 1)
      }
      let row = try await installation.post(id)
      #expect(row.status == "posted")
      #expect(installation.sandbox.published().map(\.id) == [row.media])
      #expect(installation.publishRequests.count == 1)
      #expect(try installation.publicFiles == [])
    }
  }
}

@Suite("Leases while publishing")
struct LeaseTests {
  @Test("a lost lease stops the work at once: nothing is sent, undone or written any more")
  func lostLease() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.configure { $0.pollsUntilFinished = 10_000 }
      let id = try await installation.post(caption: "Somebody else's now")
      try await installation.harness { harness in
        async let tally = harness.pass()
        try await eventually("the container is looked at") {
          installation.sandbox.requests.contains { $0.operation == "status" }
        }
        try await installation.harness { neighbour in
          try await installation.sql(
            """
            UPDATE scheduling_posts
            SET lease_token = nextval('lease_tokens'), lease_instance_id = \(neighbour.instance)
            WHERE id = \(id)
            """
          )
        }
        installation.sandbox.configure { $0.pollsUntilFinished = 1 }
        let result = try await tally
        #expect(result.posted == 0 && result.deferred == 0 && result.failed == 0)
      }
      let row = try await installation.post(id)
      #expect(row.status == "posting" && row.isLeased && !row.isMarked && row.cause == nil)
      #expect(installation.publishRequests.isEmpty)
      #expect(try installation.publicFiles.count == 1, "the public photo is the new owner's")
    }
  }

  @Test("an instance without a heartbeat sends nothing, and its successor publishes once")
  func silentInstance() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.configure { $0.pollsUntilFinished = 10_000 }
      let id = try await installation.post(caption: "Taken over")
      try await installation.harness(lease: .seconds(4), margin: .seconds(2)) { dying in
        try await dying.pass()
        #expect(!dying.trust.isOpen())
        #expect(installation.publishRequests.isEmpty)
        let row = try await installation.post(id)
        #expect(row.status == "posting" && !row.isMarked)

        installation.sandbox.configure { $0.pollsUntilFinished = 1 }
        try await installation.harness { successor in
          try await eventually("the lease has run out and the post is taken over") {
            try await successor.pass().posted == 1
          }
          #expect(successor.journal.of(.takenOver).count == 1)
        }
        #expect(try await installation.post(id).status == "posted")
        #expect(installation.publishRequests.count == 1)
        #expect(try installation.publicFiles == [])
      }
    }
  }
}
