package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Settings of the traces for OpenTelemetry.
 *
 * @param endpoint URL to which spans are posted, as OTLP over HTTP; empty = no traces
 * @param sampleRatio the ratio of payloads and handshakes that are traced
 * @param serviceName the service name in the spans
 * @param accountId whether spans contain the account
 * @param headers headers for the collector: {@code name=value,name=value}
 * @param headersFile file with the headers, read for each export; empty = none
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record TracingSettings(
    String endpoint,
    double sampleRatio,
    String serviceName,
    boolean accountId,
    Secret headers,
    String headersFile) {
  private static final Pattern HEADER =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+=[\\x20-\\x2B\\x2D-\\x7E]+");

  public TracingSettings {
    if (!endpoint.isEmpty()) {
      Bounds.url("ENDPOINT", endpoint);
    }
    Bounds.ratio("SAMPLE_RATIO", sampleRatio);
    Bounds.notEmpty("SERVICE_NAME", serviceName);
    checkHeaders("HEADERS", Secret.MASK, headers);
    SecretFile.check("HEADERS", headers, "HEADERS_FILE", headersFile);
    checkHeaders("HEADERS_FILE", headersFile, SecretFile.of(headers, "HEADERS_FILE", headersFile));
  }

  private static void checkHeaders(String key, String shown, Secret headers) {
    for (String header : split(headers)) {
      if (!HEADER.matcher(header).matches()) {
        throw Bounds.bad(key, shown, "name=value, separated by commas");
      }
    }
  }

  /** Returns the same settings without traces. */
  public TracingSettings off() {
    return new TracingSettings("", sampleRatio, serviceName, accountId, headers, headersFile);
  }

  /** Returns whether tracing is on. */
  public boolean enabled() {
    return !endpoint.isEmpty() && sampleRatio > 0;
  }

  /** Returns the current headers by name. Blocks if they are in a file. */
  public Map<String, String> headerValues() {
    String key = "LUNA_SENDER_TRACING.HEADERS_FILE";
    Secret current = SecretFile.of(headers, key, headersFile);
    checkHeaders(key, headersFile, current);
    Map<String, String> values = new LinkedHashMap<>();
    for (String header : split(current)) {
      int equals = header.indexOf('=');
      values.put(header.substring(0, equals), header.substring(equals + 1));
    }
    return values;
  }

  private static String[] split(Secret headers) {
    return headers.isEmpty() ? new String[0] : headers.value().split(",", -1);
  }
}
