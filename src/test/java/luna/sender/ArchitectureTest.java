package luna.sender;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.Scanner;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks which package may depend on which. A new package, a new dependency, and a new class that
 * uses Netty fail until they are listed here.
 */
final class ArchitectureTest {
  private static final String ROOT = "luna.sender";
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  /** The methods of {@code String} that take a regular expression. */
  private static final Set<String> REGULAR_EXPRESSIONS =
      Set.of("split", "matches", "replaceAll", "replaceFirst");

  /** Packages that handle text from clients, Redis or other peers. */
  private static final String[] PACKAGES_OF_INPUT = {
    "admission",
    "api",
    "auth",
    "bridge",
    "event",
    "filter",
    "headers",
    "http",
    "influx",
    "log",
    "metrics",
    "pages",
    "socket",
    "trace",
  };

  /** A package, and the packages that it may depend on. Only the root may depend on all. */
  private static final String[] ARROWS = {
    "config: event",
    "contract: config",
    "event:",
    "headers:",
    "filter: event",
    "log: config",
    "metrics: config event log",
    "trace: config event metrics",
    "influx: config log metrics",
    "admission: config headers log metrics",
    "auth: admission config event log metrics",
    "bridge: config event log metrics trace",
    "bridge.history: bridge config event log metrics trace",
    "socket: config event filter headers log metrics trace",
    "api: admission auth config contract event filter headers log metrics socket trace",
    "pages: api config headers",
    "http: admission api auth config metrics pages socket trace",
    "warmup: admission api config event filter http log metrics socket trace",
    "cli.client:",
    "cli.command: config event log",
    "cli.publish: bridge bridge.history cli.command config event log",
    "cli.compare: cli.client cli.command cli.tail event log",
    "cli.doctor: bridge.history cli.client cli.command cli.tail config log",
    "cli.operator: cli.client cli.command cli.tail event log",
    "cli.history: bridge.history cli.command config event log",
    "cli.tail: cli.client cli.command config contract filter headers log",
    "cli.demo: . cli.command config log",
    "cli.bench: cli.client cli.command cli.demo config contract event filter log",
    "cli: . api cli.command cli.compare cli.doctor cli.history cli.operator cli.publish cli.tail config filter http log",
  };

  @Test
  void everyPackageHasALine() {
    Set<String> packages =
        MAIN.stream().map(JavaClass::getPackageName).collect(toCollection(TreeSet::new));
    packages.remove(ROOT);
    assertThat(Arrays.stream(ARROWS).map(arrow -> ROOT + "." + name(arrow)))
        .containsExactlyInAnyOrderElementsOf(packages);
  }

  static String[] arrows() {
    return ARROWS;
  }

  @ParameterizedTest
  @MethodSource("arrows")
  void packageDependsOnlyOnThoseInItsLine(String arrow) {
    String own = ROOT + "." + name(arrow);
    String[] known =
        Arrays.stream((name(arrow) + arrow.substring(arrow.indexOf(':') + 1)).trim().split(" +"))
            .map(name -> name.equals(".") ? ROOT : ROOT + "." + name)
            .toArray(String[]::new);
    noClasses()
        .that(resideInAPackage(own))
        .should()
        .dependOnClassesThat(resideInAPackage(ROOT + "..").and(not(resideInAnyPackage(known))))
        .because("the arrows of the design are: " + arrow)
        .check(MAIN);
  }

  @Test
  void bridgeAndSocketAreIndependent() {
    noClasses()
        .that(resideInAPackage(ROOT + ".bridge"))
        .should()
        .dependOnClassesThat(resideInAPackage(ROOT + ".socket"))
        .check(MAIN);
    noClasses()
        .that(resideInAPackage(ROOT + ".socket"))
        .should()
        .dependOnClassesThat(resideInAPackage(ROOT + ".bridge"))
        .check(MAIN);
  }

  /**
   * A session is one object in layers, each a superclass of the next. A layer calls the layers
   * below it directly, and those above it only through its own abstract methods.
   */
  @ParameterizedTest
  @CsvSource({
    "DeliveryTracker, OutboundQueue|BatchRecipient|Session|SessionRegistry|Hub|SessionOpener",
    "OutboundQueue, BatchRecipient|Session|SessionRegistry|Hub|SessionOpener",
    "BatchRecipient, Session|SessionRegistry|Hub|SessionOpener",
    "Session, SessionRegistry|Hub|SessionOpener",
  })
  void layersOfASessionCallOnlyDownwards(String layer, String above) {
    noClasses()
        .that()
        .haveFullyQualifiedName(ROOT + ".socket." + layer)
        .should()
        .accessClassesThat(nameMatching(".*\\.socket\\.(" + above + ")"))
        .check(MAIN);
  }

  /** The parts of a hub get each other; only the entry of the package has the hub itself. */
  @Test
  void onlyTheEntryOfThePackageDependsOnTheHub() {
    noClasses()
        .that(resideInAPackage(ROOT + ".socket"))
        .and()
        .haveNameNotMatching(".*\\.socket\\.(Hub|SessionOpener)(\\$.*)?")
        .should()
        .dependOnClassesThat(nameMatching(".*\\.socket\\.Hub"))
        .check(MAIN);
  }

  /** A string key has no type, and hides which handler sets it. */
  @Test
  void onlyTheRequestStateIsStoredInARoutingContext() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(ROOT + ".api.RequestState")
        .should()
        .callMethodWhere(
            target(nameMatching("put|get|data|remove"))
                .and(target(owner(assignableTo("io.vertx.ext.web.RoutingContext")))))
        .check(MAIN);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(MAIN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".*Impl",
        ".*Utils?",
        ".*Helper",
        ".*Manager",
        ".*Service",
        "Abstract.*",
        "Base[A-Z].*"
      })
  void noClassHasAMeaninglessName(String name) {
    noClasses().should().haveNameMatching(".*[.$]" + name).check(MAIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"util", "common", "model", "service", "manager", "dto", "impl"})
  void noPackageHasAMeaninglessName(String name) {
    classes().should().resideOutsideOfPackage(".." + name + "..").check(MAIN);
  }

  /**
   * Only classes that handle bytes use Netty: the encoding of outgoing frames, the check of
   * incoming bytes, and the failure that is passed on as Netty's own. A load test resets
   * connections by it.
   */
  @ParameterizedTest
  @CsvSource({
    "io.netty.buffer.., http.Http2FrameTimer http.RequestTimer http.TlsContext event.Event"
        + " event.PayloadParser"
        + " socket.FrameQueue socket.BatchRecipient socket.WriteBatch socket.Deflate"
        + " socket.EventText socket.EventStreamChannel socket.ClientChannel"
        + " socket.ConnectionChannel socket.FrameChannel"
        + " socket.FrameReader socket.Framing socket.Http2SseChannel socket.JoinedFrames"
        + " socket.MemoryBudgets"
        + " socket.OutboundQueue socket.SseFraming socket.SseResponse"
        + " socket.TlsWriter socket.Utf8Validator",
    "io.netty.handler.codec.., api.ErrorHandler http.Http2Streams http.RequestTimer"
        + " socket.ClientChannel socket.FrameChannel socket.FrameReader socket.Framing"
        + " socket.Http2SseChannel socket.StreamReset",
    "io.netty.handler.ssl.., http.Http2FrameTimer http.TicketKeys http.TlsContext http.TlsLibrary"
        + " socket.Takeover socket.ConnectionChannel",
    "io.netty.channel.., cli.bench.WebSocketTransport http.Http2FrameTimer http.Http2Streams"
        + " http.RequestTimer socket.ConnectionChannel socket.CountingPromise"
        + " socket.FrameChannel socket.FrameReader socket.Http2SseChannel socket.NextIteration"
        + " socket.SseChannel socket.StreamReset socket.Takeover socket.TlsWriter"
        + " socket.WritePromise",
    "io.netty.util.., config.Network http.Http2FrameTimer http.Http2Streams http.TlsContext"
        + " metrics.ProcessMetrics socket.ConnectionChannel socket.FrameReader"
        + " socket.FrameChannel socket.Http2SseChannel socket.MemoryBudgets socket.SseChannel"
        + " socket.SseFraming socket.TlsWriter socket.WritePromise",
  })
  void onlyClassesThatHandleBytesDependOnNetty(String netty, String knownBy) {
    assertThat(thoseWhoKnow(netty)).containsExactlyInAnyOrder(knownBy.split(" "));
  }

  @Test
  void onlyTracesDependOnOpenTelemetry() {
    assertThat(thoseWhoKnow("io.opentelemetry.."))
        .containsExactlyInAnyOrder("trace.Traces", "trace.SpanQueue");
  }

  /**
   * A regular expression with two adjacent repetitions takes quadratic time, and a header is long
   * enough to make that seconds. A split by one plain character is linear, but a later change of
   * its argument may not be.
   */
  @Test
  void inputIsNeverMatchedByARegularExpression() {
    Set<String> users =
        MAIN.stream()
            .filter(
                resideInAnyPackage(
                    Stream.of(PACKAGES_OF_INPUT)
                        .map(name -> ROOT + "." + name)
                        .toArray(String[]::new)))
            .filter(ArchitectureTest::usesRegularExpressions)
            .map(type -> outermost(type).getName().substring(ROOT.length() + 1))
            .collect(toCollection(TreeSet::new));
    assertThat(users)
        .containsExactlyInAnyOrder(
            // Input: the version of this build.
            "api.BuildVersion",
            // Input: JWKS_URL of the configuration.
            "auth.KeySource",
            // Splits a response of Redis by one plain character.
            "bridge.FeedReplies",
            // One repetition, for a response of InfluxDB.
            "influx.InfluxResponse");
  }

  private static boolean usesRegularExpressions(JavaClass type) {
    return type.getAccessesFromSelf().stream()
        .map(JavaAccess::getTarget)
        .anyMatch(
            target ->
                target.getOwner().getPackageName().equals("java.util.regex")
                    || target.getOwner().isEquivalentTo(Scanner.class)
                    || (target.getOwner().isEquivalentTo(String.class)
                        && REGULAR_EXPRESSIONS.contains(target.getName())));
  }

  /**
   * Vert.x does not count exceptions that a timer or a consumer throws, and the state may be half
   * changed. Hubs have their own guards, and commands may end with a fault.
   */
  @ParameterizedTest
  @CsvSource({
    "io.vertx.core.Vertx, setTimer",
    "io.vertx.core.Vertx, setPeriodic",
    "io.vertx.core.Vertx, timer",
    "io.vertx.core.eventbus.EventBus, consumer",
    "io.vertx.core.eventbus.EventBus, localConsumer",
  })
  void backgroundWorkRunsInAGuard(String owner, String method) {
    noClasses()
        .that(
            not(
                resideInAnyPackage(
                    Stream.of(
                            "socket",
                            "cli.bench",
                            "cli.compare",
                            "cli.demo",
                            "cli.doctor",
                            "cli.tail")
                        .map(name -> ROOT + "." + name)
                        .toArray(String[]::new))))
        .and()
        .doNotHaveFullyQualifiedName(ROOT + ".metrics.FaultGuard")
        .and()
        .doNotHaveFullyQualifiedName(ROOT + ".bridge.RedisPublisher")
        .should()
        .callMethodWhere(target(nameMatching(method)).and(target(owner(assignableTo(owner)))))
        .because("metrics.FaultGuard catches what they throw")
        .check(MAIN);
  }

  @Test
  void onlyListedPackagesOfNettyAreUsed() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.netty..")
                .and(
                    not(
                        resideInAnyPackage(
                            "io.netty.buffer..",
                            "io.netty.handler.codec..",
                            "io.netty.handler.ssl..",
                            "io.netty.channel..",
                            "io.netty.util.."))))
        .check(MAIN);
  }

  private static String name(String arrow) {
    return arrow.substring(0, arrow.indexOf(':'));
  }

  private static Set<String> thoseWhoKnow(String packages) {
    return MAIN.stream()
        .filter(type -> knows(type, packages))
        .map(type -> outermost(type).getName().substring(ROOT.length() + 1))
        .collect(toCollection(TreeSet::new));
  }

  private static boolean knows(JavaClass type, String packages) {
    return type.getDirectDependenciesFromSelf().stream()
        .map(Dependency::getTargetClass)
        // A buffer implements this interface, so code that releases a buffer depends on it.
        .filter(known -> !known.getSimpleName().equals("ReferenceCounted"))
        .anyMatch(resideInAPackage(packages));
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
  }
}
