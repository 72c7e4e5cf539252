package luna.sender.cli.command;

/**
 * A command for trying the service or putting load on it. {@code luna-sender-service.jar} does not
 * contain these commands, so they are found by {@link java.util.ServiceLoader}.
 */
public interface DevelopmentCommand {}
