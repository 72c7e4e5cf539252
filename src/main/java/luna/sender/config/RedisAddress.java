package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.security.cert.X509Certificate;
import java.time.Duration;

/**
 * Settings of the Redis from which events are received, and of its connections.
 *
 * @param user empty = the default user
 * @param passwordFile file with the password, read for each connection; empty = none
 * @param useSsl TLS to Redis; the Sentinels have a flag of their own, and use the same files
 * @param caFile PEM file of trusted authorities; empty = the JVM's trust store
 * @param certFile PEM file of the client's certificate and its chain; empty = none
 * @param keyFile PEM file of the certificate's key, PKCS#8 without a password
 * @param channelPrefix the part of a channel's name before {@code :{account_id}}
 * @param bridges number of subscriber connections; accounts are distributed over them by hash
 * @param probeInterval time between two probes of a connection
 * @param canaryInterval time between two test messages through Redis; 0 = none
 * @param payloadLimitBytes maximum size of a published message
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record RedisAddress(
    String host,
    int port,
    int number,
    String user,
    Secret password,
    String passwordFile,
    boolean useSsl,
    String caFile,
    String certFile,
    String keyFile,
    boolean verifyHostname,
    String channelPrefix,
    int bridges,
    Duration connectTimeout,
    Duration commandTimeout,
    Duration probeInterval,
    Duration probeTimeout,
    Duration canaryInterval,
    Duration reconnectDelayMin,
    Duration reconnectDelayMax,
    int payloadLimitBytes,
    SentinelSettings sentinel,
    ClusterSettings cluster) {
  /** Far larger than any bundle of authorities. */
  private static final int PEM_LIMIT_BYTES = 1 << 22;

  public RedisAddress {
    Bounds.host("HOST", host);
    if (host.contains("_")) { // the client parses it as a part of a URI, where _ is not allowed
      throw Bounds.bad("HOST", host, "a host name without _, or an address");
    }
    Bounds.port("PORT", port);
    Bounds.range("NUMBER", number, 0, Integer.MAX_VALUE);
    SecretFile.check("PASSWORD", password, "PASSWORD_FILE", passwordFile);
    checkTls(caFile, certFile, keyFile);
    Bounds.notEmpty("CHANNEL_PREFIX", channelPrefix);
    Bounds.range("BRIDGES", bridges, 1, 64);
    Bounds.period("CONNECT_TIMEOUT", connectTimeout);
    Bounds.period("COMMAND_TIMEOUT", commandTimeout);
    Bounds.period("PROBE_INTERVAL", probeInterval);
    Bounds.period("PROBE_TIMEOUT", probeTimeout);
    Bounds.delay("CANARY_INTERVAL", canaryInterval);
    Bounds.period("RECONNECT_DELAY_MIN", reconnectDelayMin);
    Bounds.period("RECONNECT_DELAY_MAX", reconnectDelayMax);
    if (reconnectDelayMin.compareTo(reconnectDelayMax) > 0) {
      throw Bounds.bad(
          "RECONNECT_DELAY_MIN",
          Seconds.format(reconnectDelayMin),
          "at most RECONNECT_DELAY_MAX, " + Seconds.format(reconnectDelayMax));
    }
    Bounds.range("PAYLOAD_LIMIT_BYTES", payloadLimitBytes, 1, 1 << 29);
    if (cluster.isUsed() && number != 0) {
      throw Bounds.bad("NUMBER", number, "0, because CLUSTER.NODES is set");
    }
    if (cluster.isUsed() && sentinel.isUsed()) {
      throw Bounds.bad("CLUSTER.NODES", cluster.nodes(), "[], because SENTINEL.MASTER_NAME is set");
    }
  }

  /** Returns the current password. Blocks if it is in a file. */
  public Secret currentPassword() {
    return SecretFile.of(password, "REDIS_DB_ADDRESS.PASSWORD_FILE", passwordFile);
  }

  /**
   * Checks the files. Otherwise an invalid one would only show when each connection to Redis fails.
   */
  private static void checkTls(String caFile, String certFile, String keyFile) {
    if (!caFile.isEmpty()) {
      pem("CA_FILE", caFile).certificates();
    }
    if (certFile.isEmpty() != keyFile.isEmpty()) {
      String missing = certFile.isEmpty() ? "CERT_FILE" : "KEY_FILE";
      String given = certFile.isEmpty() ? "KEY_FILE" : "CERT_FILE";
      throw Bounds.bad(missing, "\"\"", "a file, because " + given + " is set");
    }
    if (!certFile.isEmpty()) {
      X509Certificate certificate = pem("CERT_FILE", certFile).certificates().get(0);
      pem("KEY_FILE", keyFile).privateKeyOf(certificate);
    }
  }

  private static PemFile pem(String key, String file) {
    return PemFile.read(key, file, PEM_LIMIT_BYTES);
  }
}
