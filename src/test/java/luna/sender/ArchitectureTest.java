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
 * Who may know whom. A new package fails here until it has its line, and so do a new arrow and a
 * new class that reaches for Netty.
 */
final class ArchitectureTest {
  private static final String ROOT = "luna.sender";
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  /** The methods of a text that take one. */
  private static final Set<String> REGULAR_EXPRESSIONS =
      Set.of("split", "matches", "replaceAll", "replaceFirst");

  /** Packages in which a text may be one that a client, Redis or another peer has sent. */
  private static final String[] PACKAGES_OF_INPUT = {
    "admission", "api", "auth", "bridge", "event", "filter", "headers", "log", "ops", "socket",
  };

  /** A package, and those that it may know beside itself. Only the root may know all. */
  private static final String[] ARROWS = {
    "client:",
    "headers:",
    "config:",
    "event:",
    "log:",
    "admission: headers config log ops",
    "auth: admission headers config event ops",
    "ops: config event log",
    "filter: event",
    "bridge: event config log ops",
    "socket: headers event filter config log ops",
    "api: headers admission auth socket filter event config log ops",
    "demo: event config ops",
    "bench: client event filter demo",
    "tail: client config ops",
    "publish: event",
  };

  @Test
  void everyPackageHasItsArrows() {
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
  void packageKnowsOnlyThoseThatItsArrowsPointTo(String arrow) {
    String own = ROOT + "." + name(arrow);
    String[] known =
        Arrays.stream((name(arrow) + arrow.substring(arrow.indexOf(':') + 1)).trim().split(" +"))
            .map(name -> ROOT + "." + name)
            .toArray(String[]::new);
    noClasses()
        .that(resideInAPackage(own))
        .should()
        .dependOnClassesThat(resideInAPackage(ROOT + "..").and(not(resideInAnyPackage(known))))
        .because("the arrows of the design are: " + arrow)
        .check(MAIN);
  }

  @Test
  void bridgeAndSocketMeetOnlyOnTheBus() {
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
  void noClassHasANameThatSaysNothing(String name) {
    noClasses().should().haveNameMatching(".*[.$]" + name).check(MAIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"util", "common", "model", "service", "manager", "dto", "impl"})
  void noPackageHasANameThatSaysNothing(String name) {
    classes().should().resideOutsideOfPackage(".." + name + "..").check(MAIN);
  }

  /**
   * Netty belongs to the classes that handle bytes: the frame that goes out, the check of the bytes
   * that come in, and the failure that it hands on as Netty's own.
   */
  @ParameterizedTest
  @CsvSource({
    "io.netty.buffer.., api.RequestWatch event.Event bridge.PayloadParser socket.Backlog"
        + " socket.Burst socket.Deflate socket.FrameChannel socket.Framing socket.Memory"
        + " socket.Recipient socket.Utf8Check",
    "io.netty.handler.codec.., api.Failures api.RequestWatch socket.FrameChannel socket.Framing",
    "io.netty.handler.ssl.., socket.FrameChannel",
    "io.netty.channel.., api.RequestWatch socket.FrameChannel socket.LoopTurn socket.Outcome",
    "io.netty.util.., config.Network ops.Machine socket.FrameChannel socket.Memory"
        + " socket.Outcome",
  })
  void nettyIsKnownOnlyWhereBytesAre(String netty, String knownBy) {
    assertThat(thoseWhoKnow(netty)).containsExactlyInAnyOrder(knownBy.split(" "));
  }

  @Test
  void openTelemetryIsKnownOnlyByTheTracesAndTheirExport() {
    assertThat(thoseWhoKnow("io.opentelemetry.."))
        .containsExactlyInAnyOrder("ops.Traces", "ops.SpanExport");
  }

  /**
   * A regular expression with one repetition beside another takes quadratic time, and a header has
   * room to make that seconds. Split by one plain character is linear, but the next change of its
   * argument may not be.
   */
  @Test
  void noInputMeetsARegularExpression() {
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
            // The version of this build.
            "api.Version",
            // JWKS_URL of the configuration.
            "auth.Keys",
            // One plain character, of what Redis says.
            "bridge.Feed",
            // One repetition, of what InfluxDB says.
            "ops.InfluxAnswer");
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
   * What a timer or a consumer throws ends at Vert.x, which counts nothing: a state that it leaves
   * half changed stays so. Hubs have their own barriers, and commands may end with a fault.
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
                    Stream.of("socket", "bench", "demo", "tail")
                        .map(name -> ROOT + "." + name)
                        .toArray(String[]::new))))
        .and()
        .doNotHaveFullyQualifiedName(ROOT + ".ops.Guard")
        .and()
        .doNotHaveFullyQualifiedName(ROOT + ".bridge.RedisPublisher")
        .should()
        .callMethodWhere(target(nameMatching(method)).and(target(owner(assignableTo(owner)))))
        .because("ops.Guard catches what they throw")
        .check(MAIN);
  }

  @Test
  void nettyIsKnownByNoMoreOfItsPackages() {
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
        // A buffer is one of these, so whoever releases a buffer knows it.
        .filter(known -> !known.getSimpleName().equals("ReferenceCounted"))
        .anyMatch(resideInAPackage(packages));
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
  }
}
