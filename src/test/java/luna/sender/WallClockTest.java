package luna.sender;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Checks where the wall clock is read. It can be set at any time, so durations are measured by
 * {@code SteadyClock} or {@link System#nanoTime}.
 */
final class WallClockTest {
  private static final String ROOT = "luna.sender";

  /** Methods that read the wall clock, or subtract two of its readings. */
  private static final Set<String> WALL =
      Set.of(
          "java.lang.System.currentTimeMillis",
          "java.time.Clock.system",
          "java.time.Clock.systemDefaultZone",
          "java.time.Clock.systemUTC",
          "java.time.Duration.between",
          "java.time.Instant.now",
          "java.time.Instant.until",
          "java.time.InstantSource.system",
          "java.time.LocalDate.now",
          "java.time.LocalDateTime.now",
          "java.time.OffsetDateTime.now",
          "java.time.Year.now",
          "java.time.ZonedDateTime.now",
          "java.time.temporal.ChronoUnit.between",
          "java.util.Calendar.getInstance",
          "java.util.Date.<init>");

  private static final Map<String, String> REASONS =
      Map.ofEntries(
          Map.entry("event.SteadyClock", "dates moments by it"),
          Map.entry("event.RequestId", "the time is a part of the id"),
          Map.entry("metrics.InfluxPoints", "dates points; follows a clock that is set"),
          Map.entry("bridge.RecordedGap", "the gap of another node has only dates"),
          Map.entry("bridge.history.ServerClock", "until the first answer of Redis"),
          Map.entry("cli.tail.Resume", "--since counts back from now"),
          Map.entry("socket.ReplayMessages", "dates the gap after an unknown position"),
          Map.entry("socket.Hub", "a token expires by the wall clock of its issuer"),
          Map.entry("api.ClientInfoReader", "dates the start of a connection, for operators"),
          Map.entry("cli.doctor.Doctor", "dates the report; a certificate expires by this clock"),
          Map.entry("api.EventsHandler", "a token expires by the wall clock of its issuer"),
          Map.entry("auth.TokenAuthenticator", "a token expires by the wall clock of its issuer"),
          Map.entry("http.TlsReloader", "a certificate expires by the wall clock of its issuer"),
          Map.entry("cli.client.RetryAfter", "Retry-After may be a date"),
          Map.entry("cli.tail.Tail", "Retry-After may be a date; shows local time"),
          Map.entry("cli.publish.PublishJob", "dates events"),
          Map.entry("cli.publish.PayloadBuilder", "dates events"),
          Map.entry("cli.demo.DemoPublisher", "dates events"),
          Map.entry("cli.bench.StormLoop", "Retry-After may be a date"),
          Map.entry("cli.bench.EventTemplates", "dates events"));

  @Test
  void wallClockIsReadOnlyForDates() {
    Map<String, Set<String>> uses = new TreeMap<>();
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT)) {
      for (JavaAccess<?> access : type.getAccessesFromSelf()) {
        String used = access.getTargetOwner().getName() + "." + access.getTarget().getName();
        if (WALL.contains(used)) {
          uses.computeIfAbsent(outermost(type), first -> new TreeSet<>()).add(used);
        }
      }
    }
    assertThat(REASONS.keySet()).as("%s", uses).containsAll(uses.keySet());
  }

  private static String outermost(JavaClass type) {
    return type.getEnclosingClass()
        .map(WallClockTest::outermost)
        .orElseGet(() -> type.getName().substring(ROOT.length() + 1));
  }
}
