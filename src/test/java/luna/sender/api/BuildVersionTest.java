package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BuildVersionTest {
  @Test
  void versionOfTheBuildEqualsThatOfTheContract() {
    assertThat(BuildVersion.read().text())
        .isEqualTo(OpenApi.document().at("/info/version").asText());
  }

  @ParameterizedTest
  @CsvSource({
    "0.2.0, 0, 2, 0",
    "12.34.56, 12, 34, 56",
    "1.2.3-SNAPSHOT, 1, 2, 3",
    "1.2.3-rc.1, 1, 2, 3"
  })
  void versionIsSplitIntoItsParts(String text, int major, int minor, int patch) {
    assertThat(new BuildVersion(text).json().encode())
        .isEqualTo(
            "{\"api\":2,\"major\":%d,\"minor\":%d,\"patch\":%d}".formatted(major, minor, patch));
  }

  @Test
  void apiNumberIsTheHighestOfTheContract() {
    int greatest = 0;
    for (var api : OpenApi.document().at("/components/parameters/api/schema/enum")) {
      greatest = Math.max(greatest, api.asInt());
    }
    assertThat(BuildVersion.API).isEqualTo(greatest);
  }

  @Test
  void packedSwaggerUiHasTheVersionOfTheBuild() {
    String file =
        "META-INF/resources/webjars/swagger-ui/"
            + BuildVersion.swaggerUi()
            + "/swagger-ui-bundle.js";
    assertThat(BuildVersion.class.getClassLoader().getResource(file)).isNotNull();
  }
}
