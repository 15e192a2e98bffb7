package io.netcluster.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;

/** Definition text that is being written, key by key; what is null is left out. */
final class TomlText {
    private final List<String> lines = new ArrayList<>();
    private final Map<String, Map<String, String>> tables = new LinkedHashMap<>();

    /** A string. */
    TomlText text(String key, @Nullable String value) {
        return line(key, value == null ? null : string(value));
    }

    /** A number if it looks like one, and a string otherwise; whoever reads it says what is wrong with it. */
    TomlText number(String key, @Nullable String value) {
        boolean number = value != null && value.matches("0|-?[1-9]\\d{0,17}");
        return number ? line(key, value) : text(key, value);
    }

    /** A flag. */
    TomlText flag(String key, @Nullable Boolean value) {
        return line(key, value == null ? null : value.toString());
    }

    /** A list of strings; an empty one is left out. */
    TomlText words(String key, @Nullable List<String> values) {
        return line(
                key,
                values == null || values.isEmpty()
                        ? null
                        : values.stream().map(TomlText::string).collect(Collectors.joining(", ", "[", "]")));
    }

    /** A string in a table. */
    TomlText text(String table, String key, String value) {
        tables.computeIfAbsent(table, _ -> new LinkedHashMap<>()).put(key, value);
        return this;
    }

    private TomlText line(String key, @Nullable String value) {
        if (value != null) {
            lines.add(key + " = " + value);
        }
        return this;
    }

    /** A string as it is written. */
    static String string(String value) {
        return "\"" + Toml.tomlEscape(value) + "\"";
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        tables.forEach((table, entries) -> {
            text.append('[').append(table).append("]\n");
            entries.forEach((key, value) ->
                    text.append(string(key)).append(" = ").append(string(value)).append('\n'));
        });
        return text.toString();
    }
}
