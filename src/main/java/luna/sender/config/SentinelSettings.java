package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/**
 * The Redis Sentinels that know the master.
 *
 * <p>Owner: immutable.
 *
 * @param masterName empty = no Sentinel is used
 * @param sentinels each {@code host:port}; an IPv6 address is in brackets
 * @param user empty = the default user
 * @param passwordFile a file with the password, read for each connection; empty = none
 * @param useSsl with the files that the Redis is trusted by
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record SentinelSettings(
    String masterName,
    List<String> sentinels,
    String user,
    Secret password,
    String passwordFile,
    boolean useSsl) {
  public SentinelSettings {
    sentinels = List.copyOf(sentinels);
    SecretFile.check("PASSWORD", password, "PASSWORD_FILE", passwordFile);
    for (String sentinel : sentinels) {
      Bounds.hostPort("SENTINELS", sentinel);
    }
    if (!masterName.isEmpty() && sentinels.isEmpty()) {
      throw Bounds.bad("SENTINELS", "[]", "host:port of at least one, because MASTER_NAME is set");
    }
  }

  /** The password as it is now; blocks where it is in a file. */
  public Secret currentPassword() {
    return SecretFile.of(password, "REDIS_DB_ADDRESS.SENTINEL.PASSWORD_FILE", passwordFile);
  }

  public boolean isUsed() {
    return !masterName.isEmpty();
  }
}
