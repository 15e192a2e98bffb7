package io.netcluster.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * A table of a definition, in all layers that there are: the first that has a key counts.
 *
 * <p>What is wrong is noted, with its place, and taken for not said, so that all of it is found at once.
 */
final class Section {
    private final List<Layer> layers;
    private final String path;
    private final List<String> problems;
    private final Set<String> known = new TreeSet<>();
    private final Set<String> refused = new HashSet<>();

    /**
     * Where keys come from.
     *
     * @param file the file's name, or null for the command line
     */
    record Layer(@Nullable String file, TomlTable table) {}

    /** A value of the wrong kind, and where it is if that is not where its key is. */
    private static final class WrongValue extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient @Nullable TomlPosition position;

        WrongValue(String message, @Nullable TomlPosition position) {
            super(message);
            this.position = position;
        }
    }

    /** The outermost table of some layers; problems are added to the list. */
    Section(List<Layer> layers, List<String> problems) {
        this(layers, "", problems);
    }

    private Section(List<Layer> layers, String path, List<String> problems) {
        this.layers = layers;
        this.path = path;
        this.problems = problems;
    }

    // ------------------------------------------------------------------ values; null where none is said

    @Nullable
    String text(String key) {
        return read(key, value -> string(value, "a string, in quotes", null));
    }

    @Nullable
    Integer number(String key, int least, int most) {
        return read(key, value -> {
            if (value instanceof Long number && number >= least && number <= most) {
                return number.intValue();
            }
            throw expected("a whole number from " + least + (most == Integer.MAX_VALUE ? " on" : " to " + most), value);
        });
    }

    @Nullable
    Boolean flag(String key) {
        return read(key, value -> {
            if (value instanceof Boolean flag) {
                return flag;
            }
            throw expected("true or false", value);
        });
    }

    /** Something that is written as a string, or otherwise as the reading will have it. */
    <T> @Nullable T parsed(String key, String what, Function<Object, T> reading) {
        return read(key, value -> parse(value, what, reading, null));
    }

    /** A list of strings. */
    @Nullable
    List<String> words(String key, String example) {
        return list(key, "a list of strings, such as " + example, value -> string(value, "a string, in quotes", null));
    }

    /** A list of things that are written as strings, or one. */
    <T> @Nullable List<T> all(String key, String what, Function<Object, T> reading) {
        return read(key, value -> {
            var values = new ArrayList<T>();
            if (value instanceof TomlArray array) {
                for (int i = 0; i < array.size(); i++) {
                    values.add(parse(array.get(i), what, reading, array.inputPositionOf(i)));
                }
            } else {
                values.add(parse(value, what + ", or a list of such", reading, null));
            }
            return List.copyOf(values);
        });
    }

    /** A table of strings, of all layers. */
    Map<String, String> strings(String key) {
        known.add(key);
        var strings = new LinkedHashMap<String, String>();
        for (var layer : layers.reversed()) {
            read(layer, key, value -> {
                if (!(value instanceof TomlTable table)) {
                    throw expected("a table of strings, such as [" + key + "] and below it NAME = \"value\"", value);
                }
                for (var name : table.keySet()) {
                    try {
                        strings.put(name, string(table.get(List.of(name)), "a string, in quotes", null));
                    } catch (WrongValue wrong) {
                        note(layer, key + "." + name, table.inputPositionOf(List.of(name)), message(wrong));
                    }
                }
                return strings;
            });
        }
        return strings;
    }

    /** A table within this one; an empty one where there is none. */
    Section section(String key) {
        known.add(key);
        var inner = new ArrayList<Layer>();
        for (var layer : layers) {
            read(layer, key, value -> {
                if (!(value instanceof TomlTable table)) {
                    throw expected("a table, [" + key + "]", value);
                }
                inner.add(new Layer(layer.file(), table));
                return table;
            });
        }
        return new Section(inner, path + key + ".", problems);
    }

    // ------------------------------------------------------------------ what is wrong

    /** Notes that the value of a key will not do, or, if nothing says the key, that of its absence. */
    void refuse(String key, String message) {
        for (var layer : layers) {
            if (layer.table().contains(List.of(key))) {
                note(layer, key, layer.table().inputPositionOf(List.of(key)), message);
                return;
            }
        }
        note(layers.getLast(), key, null, message);
    }

    /** Notes each key that has not been asked for. */
    void refuseOthers() {
        for (var layer : layers) {
            for (var key : layer.table().keySet()) {
                if (!known.contains(key)) {
                    var near = known.stream()
                            .filter(each -> Spelling.distance(each, key) <= 2)
                            .findFirst();
                    note(
                            layer,
                            key,
                            layer.table().inputPositionOf(List.of(key)),
                            "there is no such key; "
                                    + near.map(each -> "is '" + each + "' meant?")
                                            .orElse("there are " + String.join(", ", known)));
                }
            }
        }
    }

    /** Whether the value of a key has been found wrong. */
    boolean hasRefused(String key) {
        return refused.contains(key);
    }

    private void note(Layer layer, String key, @Nullable TomlPosition position, String message) {
        refused.add(key);
        if (layer.file() == null) {
            problems.add("--" + path + key + ": " + message);
        } else {
            var place = position == null ? "" : ":" + position.line() + ":" + position.column();
            problems.add(layer.file() + place + ": " + path + key + ": " + message);
        }
    }

    // ------------------------------------------------------------------ how

    private <T> @Nullable T read(String key, Function<Object, T> reading) {
        known.add(key);
        for (var layer : layers) {
            if (layer.table().contains(List.of(key))) {
                return read(layer, key, reading);
            }
        }
        return null;
    }

    private <T> @Nullable T read(Layer layer, String key, Function<Object, T> reading) {
        var value = layer.table().get(List.of(key));
        if (value == null) {
            return null;
        }
        try {
            return reading.apply(value);
        } catch (WrongValue wrong) {
            var position = wrong.position == null ? layer.table().inputPositionOf(List.of(key)) : wrong.position;
            note(layer, key, position, message(wrong));
            return null;
        }
    }

    private <T> @Nullable List<T> list(String key, String what, Function<Object, T> reading) {
        return read(key, value -> {
            if (!(value instanceof TomlArray array)) {
                throw expected(what, value);
            }
            var values = new ArrayList<T>();
            for (int i = 0; i < array.size(); i++) {
                try {
                    values.add(reading.apply(array.get(i)));
                } catch (WrongValue wrong) {
                    throw new WrongValue(message(wrong), array.inputPositionOf(i));
                }
            }
            return List.copyOf(values);
        });
    }

    private static <T> T parse(
            Object value, String what, Function<Object, T> reading, @Nullable TomlPosition position) {
        try {
            return reading.apply(value);
        } catch (IllegalArgumentException | ClassCastException e) {
            var why = e instanceof ClassCastException || e instanceof NumberFormatException || e.getMessage() == null
                    ? ""
                    : ": " + e.getMessage();
            throw new WrongValue("expected " + what + ", not " + shown(value) + why, position);
        }
    }

    private static String string(@Nullable Object value, String what, @Nullable TomlPosition position) {
        if (value instanceof String text) {
            return text;
        }
        throw new WrongValue("expected " + what + ", not " + shown(value), position);
    }

    private static WrongValue expected(String what, Object value) {
        return new WrongValue("expected " + what + ", not " + shown(value), null);
    }

    private static String message(WrongValue wrong) {
        return String.valueOf(wrong.getMessage());
    }

    private static String shown(@Nullable Object value) {
        return switch (value) {
            case null -> "nothing";
            case String text -> "\"" + text + "\"";
            case TomlArray _ -> "a list";
            case TomlTable _ -> "a table";
            default -> value.toString();
        };
    }
}
