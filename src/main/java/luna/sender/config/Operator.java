package luna.sender.config;

/**
 * A person or a program that may use the operators' API.
 *
 * @param name appears in the log with each change
 * @param mayClose whether it may close connections; each operator may list them
 */
public record Operator(String name, boolean mayClose, Secret token) {}
