package luna.sender.cli.command;

/**
 * A command for demos or load tests. {@code luna-sender-service.jar} does not contain these
 * commands, so they are found by {@link java.util.ServiceLoader}.
 */
public interface DevelopmentCommand {}
