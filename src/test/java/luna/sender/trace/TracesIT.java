package luna.sender.trace;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import luna.sender.testing.Service;
import luna.sender.testing.TestCollector;
import luna.sender.testing.TestCollector.Received;
import luna.sender.testing.TestLog;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the section {@code LUNA_SENDER_TRACING}, with a collector that receives OTLP. */
final class TracesIT {
  @RegisterExtension final TestCollector collector = new TestCollector();

  private final String account = Service.account();

  private Service tracing(String... environment) {
    String[] all = Arrays.copyOf(environment, environment.length + 1);
    all[environment.length] = "LUNA_SENDER_TRACING__ENDPOINT=" + collector.endpoint();
    return new Service(all);
  }

  private static long sum(List<Received> spans, String attribute) {
    return spans.stream().mapToLong(span -> span.count(attribute)).sum();
  }

  private static Set<String> ids(List<Received> spans) {
    return spans.stream().map(Received::id).collect(Collectors.toSet());
  }

  private static Instant start(Received span) {
    return Instant.EPOCH.plusNanos(span.span().getStartTimeUnixNano());
  }

  private static Instant end(Received span) {
    return Instant.EPOCH.plusNanos(span.span().getEndTimeUnixNano());
  }

  @Nested
  final class All {
    @RegisterExtension
    final Service service =
        tracing("LUNA_SENDER_TRACING__SAMPLE_RATIO=1", "LUNA_SENDER_WS_SETTINGS__STATS_INTERVAL=0");

    @Test
    void payloadIsTracedFromItsReceiptToTheWritesOfEachEventLoop() {
      List<TestSocket> sockets =
          List.of(
              service.open(account, ""),
              service.open(account, ""),
              service.open(account, ""),
              service.open(account, "gender=0"));
      Instant before = Instant.now();
      String published = payload(man("one"), man("two"));
      service.redis().publish(account, published);
      long bytes = 0;
      for (TestSocket socket : sockets.subList(0, 3)) {
        // A frame of this size has a header of four bytes.
        bytes += socket.nextText().getBytes(StandardCharsets.UTF_8).length + 4;
        bytes += socket.nextText().getBytes(StandardCharsets.UTF_8).length + 4;
      }
      until("all is written", () -> sum(collector.spans("write"), "luna.delivered") == 6);
      Instant after = Instant.now();

      List<Received> receives = collector.spans("receive");
      List<Received> matches = collector.spans("match");
      List<Received> writes = collector.spans("write");
      assertThat(receives).hasSize(1);
      Received receive = receives.get(0);
      assertThat(receive.parent()).isEmpty();
      assertThat(receive.span().getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CONSUMER);
      assertThat(receive.attributes())
          .isEqualTo(
              Map.of(
                  "messaging.system",
                  "redis",
                  "luna.request_id",
                  "1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
                  "luna.payload_bytes",
                  (long) published.length(),
                  "luna.events",
                  2L));

      assertThat(sum(matches, "luna.sessions")).isEqualTo(2 * 4);
      assertThat(sum(matches, "luna.matched")).isEqualTo(2 * 3);
      assertThat(matches)
          .as("one for each event and loop")
          .hasSize(
              2
                  * (int)
                      matches.stream()
                          .map(span -> span.attributes().get("thread.name"))
                          .distinct()
                          .count())
          .allSatisfy(
              match -> {
                assertThat(match.parent()).isEqualTo(receive.id());
                assertThat(match.traceId()).isEqualTo(receive.traceId());
                assertThat(match.attributes().keySet())
                    .isEqualTo(Set.of("thread.name", "luna.sessions", "luna.matched"));
                assertThat(start(match)).isBetween(start(receive), after);
              });
      assertThat(writes)
          .hasSize((int) matches.stream().filter(match -> match.count("luna.matched") > 0).count())
          .allSatisfy(
              write -> {
                assertThat(write.traceId()).isEqualTo(receive.traceId());
                Received match =
                    matches.stream()
                        .filter(span -> span.id().equals(write.parent()))
                        .findFirst()
                        .orElseThrow();
                assertThat(write.count("luna.delivered")).isEqualTo(match.count("luna.matched"));
                assertThat(write.attributes().keySet())
                    .isEqualTo(
                        Set.of(
                            "thread.name",
                            "luna.delivered",
                            "luna.waiting",
                            "luna.dropped",
                            "luna.written_bytes"));
                // Each span reads the clock itself.
                assertThat(start(write)).isAfterOrEqualTo(end(match).minusMillis(1));
              });
      assertThat(sum(writes, "luna.written_bytes")).isEqualTo(bytes);
      assertThat(sum(writes, "luna.waiting") + sum(writes, "luna.dropped")).isZero();
      assertThat(collector.spans())
          .allSatisfy(
              span -> {
                assertThat(start(span)).isBefore(after);
                assertThat(end(span)).isBetween(start(span), after);
              });
      assertThat(start(receive)).isAfter(before.minusMillis(1));
      assertThat(collector.resources())
          .allSatisfy(
              resource ->
                  assertThat(resource)
                      .containsEntry("service.name", "luna-sender")
                      .containsKeys("service.version", "service.instance.id"));
    }

    @Test
    void malformedRequestIdIsNotTraced() {
      TestSocket socket = service.open(account, "");
      service
          .redis()
          .publish(account, payload(event("one")).replace("1536751345,8b8b5937", "Jane Doe"));
      socket.nextEventId();
      until("it is received", () -> collector.spans("receive").size() == 1);
      assertThat(collector.spans("receive").get(0).attributes())
          .doesNotContainKey("luna.request_id");
    }

    @Test
    void traceOfAMalformedPayloadHasTheReason() {
      service.expectWarning("Malformed payload");
      service.open(account, "");
      service.redis().publish(account, "{\"events\":[");
      until("it is received", () -> collector.spans("receive").size() == 1);
      Status status = collector.spans("receive").get(0).span().getStatus();
      assertThat(status.getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
      assertThat(status.getMessage()).isEqualTo("not_json");
      assertThat(collector.spans("match")).isEmpty();
    }

    @Test
    void handshakeSpanIsAChildOfTheClientsSpan() {
      String trace = "0af7651916cd43dd8448eb211c80319c";
      await(connecting("gender=1", "00-" + trace + "-b7ad6b7169203331-01"));
      until("it is reported", () -> collector.spans("handshake").size() == 1);
      Received handshake = collector.spans("handshake").get(0);
      assertThat(handshake.traceId()).isEqualTo(trace);
      assertThat(handshake.parent()).isEqualTo("b7ad6b7169203331");
      assertThat(handshake.span().getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
      assertThat(handshake.attributes())
          .containsEntry("http.request.method", "GET")
          .containsEntry("http.route", "/{api}/ws")
          .containsEntry("http.response.status_code", 101L)
          .containsKey("luna.request_id")
          .hasSize(4);
    }

    @Test
    void handshakeOfAClientThatDoesNotTraceIsNotTraced() {
      await(connecting("", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"));
      await(connecting("", "nonsense"));
      TestSocket.refused(service.port(), "/2/ws?gender=5", Map.of("Luna-Account-Id", account));
      until("the others are", () -> collector.spans("handshake").size() == 2);
      assertThat(collector.spans("handshake"))
          .extracting(span -> span.attributes().get("http.response.status_code"))
          .containsExactlyInAnyOrder(101L, 400L);
    }

    @Test
    void lastSpansAreSentBeforeTheServiceStops() {
      TestSocket socket = service.open(account, "");
      for (int i = 0; i < 200; i++) {
        service.redis().publish(account, payload(event("one")));
        socket.nextEventId();
      }
      await(service.sender().stop());
      assertThat(collector.spans("receive")).hasSize(200);
      assertThat(collector.spans("write")).hasSize(200);
      assertThat(service.metric("luna_sender_spans", "outcome", "exported"))
          .isEqualTo(service.metric("luna_sender_spans", "outcome", "ended"));
    }

    private Future<TestSocket> connecting(String query, String parent) {
      return TestSocket.connecting(
          service.port(),
          "/2/ws?" + query,
          Map.of("Luna-Account-Id", account, Traces.PARENT, parent));
    }
  }

  @Nested
  final class Slow {
    @RegisterExtension
    final Service service =
        tracing(
            "LUNA_SENDER_TRACING__SAMPLE_RATIO=1",
            "LUNA_SENDER_WS_SETTINGS__QUEUE_LIMIT_BYTES=2000000");

    @Test
    void queuedAndDroppedFramesAreTraced() {
      TestSocket slow = service.open(account, "");
      slow.pause();
      String large = payload(event("large").put("image", "x".repeat(500_000)));
      until(
          "it is closed",
          () -> {
            service.redis().publish(account, large);
            return service.metric("luna_sender_closes", "reason", "slow") == 1;
          });
      until("the writes are reported", () -> sum(collector.spans("write"), "luna.dropped") > 0);
      List<Received> writes = collector.spans("write");
      assertThat(sum(writes, "luna.delivered")).isPositive();
      assertThat(sum(writes, "luna.waiting")).isPositive();
      assertThat(writes)
          .allSatisfy(
              write ->
                  assertThat(
                          write.count("luna.delivered")
                              + write.count("luna.waiting")
                              + write.count("luna.dropped"))
                      .isEqualTo(1));
    }
  }

  @Nested
  final class Some {
    @RegisterExtension
    final Service service =
        tracing(
            "LUNA_SENDER_TRACING__SAMPLE_RATIO=0.5",
            "LUNA_SENDER_TRACING__SERVICE_NAME=events of site 7",
            "LUNA_SENDER_TRACING__ACCOUNT_ID=1",
            "LUNA_SENDER_TRACING__HEADERS=authorization=Bearer s3cret==,x-tenant=luna");

    @Test
    void payloadIsTracedCompletelyOrNotAtAll() {
      TestSocket socket = service.open(account, "");
      for (int i = 0; i < 200; i++) {
        service.redis().publish(account, payload(event("one"), event("two")));
      }
      for (int i = 0; i < 400; i++) {
        socket.nextEventId();
      }
      await(service.sender().stop());
      List<Received> receives = collector.spans("receive");
      // Seven standard deviations.
      assertThat(receives).hasSizeBetween(50, 150);
      assertThat(receives)
          .allSatisfy(
              span -> assertThat(span.attributes()).containsEntry("luna.account_id", account));
      List<Received> matches = collector.spans("match");
      assertThat(matches).hasSize(2 * receives.size());
      assertThat(matches.stream().map(Received::parent).collect(Collectors.toSet()))
          .isEqualTo(ids(receives));
      assertThat(collector.spans("write")).hasSize(2 * receives.size());
      assertThat(collector.requests())
          .isNotEmpty()
          .allSatisfy(
              headers -> {
                assertThat(headers.get("Authorization")).isEqualTo("Bearer s3cret==");
                assertThat(headers.get("x-tenant")).isEqualTo("luna");
              });
      assertThat(collector.resources())
          .allSatisfy(
              resource -> assertThat(resource).containsEntry("service.name", "events of site 7"));
    }
  }

  @Nested
  final class None {
    @RegisterExtension final Service service = tracing("LUNA_SENDER_TRACING__SAMPLE_RATIO=0");

    @Test
    void nothingIsTracedAtARatioOfZero() {
      TestSocket socket = service.open(account, "");
      service.redis().publish(account, payload(event("one")));
      socket.nextEventId();
      await(service.sender().stop());
      assertThat(collector.requests()).isEmpty();
      assertThat(service.sender().metrics().registry().find("luna_sender_spans").counters())
          .isEmpty();
    }
  }

  @Nested
  final class Away {
    @RegisterExtension final Service service = tracing("LUNA_SENDER_TRACING__SAMPLE_RATIO=1");

    /** Returns what it would write to stderr. */
    private final List<LogRecord> library = new CopyOnWriteArrayList<>();

    private final Logger root = Logger.getLogger("");
    private final Handler listener =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            if (line.getLoggerName().startsWith("io.opentelemetry")) {
              library.add(line);
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };

    @BeforeEach
    void listen() {
      root.addHandler(listener);
    }

    @AfterEach
    void leave() {
      root.removeHandler(listener);
    }

    @Test
    void unavailableCollectorCostsOneWarningAndItsSpans() {
      service.expectWarning("Trace export failed");
      long start = System.nanoTime();
      collector.goAway();
      TestSocket socket = service.open(account, "");
      for (int batch = 1; batch <= 2; batch++) {
        double failed = spans("failed");
        // More than the queue's limit.
        deliver(socket, 1000);
        until("spans are lost", () -> spans("failed") > failed);
      }
      assertOneWarning(start);
      collector.comeBack();
      until(
          "spans arrive again",
          () -> {
            deliver(socket, 1);
            return spans("exported") > 0;
          });
      assertOneWarning(start);
      assertThat(library).as("the library's own log").isEmpty();
    }

    private void assertOneWarning(long start) {
      assertThat(service.warnings("Trace export failed"))
          .hasSizeBetween(1, TestLog.linesSince(start));
    }

    @Test
    void unresponsiveCollectorDoesNotDelayTheStop() {
      service.expectWarning("Trace export failed");
      collector.fallSilent();
      deliver(service.open(account, ""), 1000);
      until("a batch is on its way", () -> !collector.requests().isEmpty());
      long began = System.nanoTime();
      await(service.sender().stop());
      // Without a limit it would take five seconds for each of four batches.
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(18));
    }

    private void deliver(TestSocket socket, int events) {
      JsonObject[] all = new JsonObject[events];
      Arrays.setAll(all, i -> event(Integer.toString(i)));
      service.redis().publish(account, payload(all));
      for (int i = 0; i < events; i++) {
        assertThat(socket.nextEventId()).isEqualTo(Integer.toString(i));
      }
    }

    private double spans(String outcome) {
      return service.metric("luna_sender_spans", "outcome", outcome);
    }
  }

  private static JsonObject man(String id) {
    return with(event(id), "face_attributes.basic_attributes.gender", 1);
  }
}
