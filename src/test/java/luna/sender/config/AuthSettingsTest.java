package luna.sender.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import luna.sender.config.AuthSettings.Algorithm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Incomplete settings of the token check stop the start. */
final class AuthSettingsTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";

  @Test
  void completeSettingsAreRead() {
    AuthSettings settings = load("ALGORITHMS=rs256,EdDSA|PEM_FILES=a.pem,b.pem");
    assertThat(settings.mode()).isEqualTo(AuthSettings.Mode.JWT);
    assertThat(settings.algorithms()).containsExactly(Algorithm.RS256, Algorithm.EDDSA);
    assertThat(settings.pemFiles()).isEqualTo(List.of("a.pem", "b.pem"));
    assertThat(load("ALGORITHMS=HS256|SECRET=" + SECRET).secret().value()).isEqualTo(SECRET);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "SECRET="
            + SECRET
            + "; ALGORITHMS: [] (expected: the algorithms of the tokens,"
            + " because MODE is jwt)",
        "ALGORITHMS=none|SECRET="
            + SECRET
            + "; ALGORITHMS[0]: \"none\" (expected: HS256|RS256|ES256|EdDSA)",
        "ALGORITHMS=HS256; SECRET: none (expected: one of",
        "ALGORITHMS=HS256|SECRET="
            + SECRET
            + "|PEM_FILES=a.pem;"
            + " PEM_FILES: not the only source (expected: one of",
        "ALGORITHMS=HS256|PEM_FILES=a.pem; ALGORITHMS: [HS256] (expected: no HS256 with PEM_FILES)",
        "ALGORITHMS=RS256,HS256|PEM_FILES=a.pem;"
            + " ALGORITHMS: [RS256, HS256] (expected: no HS256 with PEM_FILES)",
        "ALGORITHMS=HS256,RS256|SECRET="
            + SECRET
            + "; ALGORITHMS: [HS256, RS256] (expected: only HS256 with SECRET)",
        "ALGORITHMS=HS256|SECRET=0123456789abcdef0123456789abcde;"
            + " SECRET: ******** (expected: 32 bytes or more)",
        "ALGORITHMS=RS256|PEM_FILES=1,2,3,4,5,6,7,8,9;"
            + " PEM_FILES: 9 files (expected: at most 8 files)",
        "ALGORITHMS=HS256|SECRET=" + SECRET + "|ISSUER=; ISSUER: \"\" (expected: non-empty text",
        "ALGORITHMS=HS256|SECRET="
            + SECRET
            + "|AUDIENCE=; AUDIENCE: \"\" (expected: non-empty text",
        "ALGORITHMS=HS256|SECRET=" + SECRET + "|ACCOUNT_CLAIM=; ACCOUNT_CLAIM: \"\" (expected:",
        "ALGORITHMS=HS256|SECRET=" + SECRET + "|LEEWAY=301; LEEWAY: 301 (expected: 0..300 seconds)",
        "MODE=none|SECRET=" + SECRET + "; MODE: none (expected: jwt, because SECRET is set)",
        "ALGORITHMS=RS256|JWKS_URL=ftp://a/; JWKS_URL: \"ftp://a/\" (expected: http(s)://host",
        "ALGORITHMS=RS256|JWKS_URL=https://u:p@a/; JWKS_URL: ******** (expected: http(s)://host",
        "ALGORITHMS=HS256|JWKS_URL=https://a/; ALGORITHMS: [HS256] (expected: no HS256 with"
            + " JWKS_URL)",
        "MODE=none|JWKS_URL=https://a/; MODE: none (expected: jwt, because JWKS_URL is set)",
        "MODE=none|PEM_FILES=a; MODE: none (expected: jwt, because PEM_FILES is set)",
      })
  void incompleteSettingsStopTheStart(String settings, String problem) {
    assertThatThrownBy(() -> load(settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("LUNA_SENDER_AUTH." + problem)
        .hasMessageNotContaining("0123456789abcdef");
  }

  private static AuthSettings load(String settings) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_AUTH__MODE", "jwt");
    environment.put("LUNA_SENDER_AUTH__ISSUER", "issuer");
    environment.put("LUNA_SENDER_AUTH__AUDIENCE", "audience");
    for (String setting : settings.split("\\|", -1)) {
      String[] parts = setting.split("=", 2);
      environment.put("LUNA_SENDER_AUTH__" + parts[0], parts[1]);
    }
    return ConfigLoader.load(null, environment).auth();
  }
}
