package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/**
 * Settings of the Redis Sentinels, which provide the address of the master.
 *
 * @param masterName name of the master; empty = no Sentinel
 * @param sentinels each {@code host:port}, with an IPv6 address in brackets
 * @param user empty = the default user
 * @param passwordFile file with the password, read for each connection; empty = none
 * @param useSsl TLS to the Sentinels, with the same files as for Redis
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

  /** Returns the current password. Blocks if it is in a file. */
  public Secret currentPassword() {
    return SecretFile.of(password, "REDIS_DB_ADDRESS.SENTINEL.PASSWORD_FILE", passwordFile);
  }

  public boolean isUsed() {
    return !masterName.isEmpty();
  }
}
