package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Tests which errors of a Cluster node are redirects. */
final class SlotRedirectTest {
  private static final String ASKED = "10.0.0.1:7000";

  @Test
  void movedNamesTheOwnerOfTheSlot() {
    assertThat(SlotRedirect.parse("MOVED 3999 127.0.0.1:6381", ASKED))
        .isEqualTo(new SlotRedirect(3999, "127.0.0.1:6381", false));
    assertThat(SlotRedirect.parse("MOVED 1 redis-1.example:6381", ASKED))
        .isEqualTo(new SlotRedirect(1, "redis-1.example:6381", false));
    assertThat(SlotRedirect.parse("MOVED 1 fd00::1:6381", ASKED))
        .isEqualTo(new SlotRedirect(1, "[fd00::1]:6381", false));
  }

  @Test
  void nodeWithoutAnEndpointHasTheHostThatWasAsked() {
    assertThat(SlotRedirect.parse("MOVED 1 :6381", ASKED))
        .isEqualTo(new SlotRedirect(1, "10.0.0.1:6381", false));
    assertThat(SlotRedirect.parse("ASK 1 ?:6381", "[fd00::1]:7000"))
        .isEqualTo(new SlotRedirect(1, "[fd00::1]:6381", true));
  }

  @Test
  void askAndTryagainConcernOneCommand() {
    assertThat(SlotRedirect.parse("ASK 3999 127.0.0.1:6381", ASKED))
        .isEqualTo(new SlotRedirect(3999, "127.0.0.1:6381", true));
    assertThat(SlotRedirect.parse("TRYAGAIN Multiple keys request during rehashing", ASKED))
        .isEqualTo(new SlotRedirect(-1, "", true));
  }

  @Test
  void otherErrorsAreNoRedirects() {
    assertThat(SlotRedirect.parse("CLUSTERDOWN The cluster is down", ASKED)).isNull();
    assertThat(SlotRedirect.parse("STALE the lease", ASKED)).isNull();
    assertThat(SlotRedirect.parse("MOVED", ASKED)).isNull();
    assertThat(SlotRedirect.parse("MOVED a b:c", ASKED)).isNull();
    assertThat(SlotRedirect.parse("", ASKED)).isNull();
  }
}
