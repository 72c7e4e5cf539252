package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

final class ContractRouterTest {
  @Test
  void operationsAndHandlersMustBeTheSame() {
    assertThatCode(() -> ContractRouter.requireSame(Set.of("ws"), Set.of("ws")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> ContractRouter.requireSame(Set.of("ws", "version"), Set.of("ws")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("handlers: [ws] (expected: [version, ws])");
    assertThatThrownBy(() -> ContractRouter.requireSame(Set.of("ws"), Set.of("ws", "version")))
        .isInstanceOf(IllegalStateException.class);
  }
}
