package io.netcluster.primary;

/**
 * How a worker is run.
 *
 * @param generation which reload it belongs to; 1 before any
 * @param program what it runs
 * @param settings how
 */
record Plan(int generation, Program program, Settings settings) {
    /** The same program, run anew. */
    Plan next(int newGeneration) {
        return new Plan(newGeneration, program, settings);
    }
}
