namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>What the state-dict name of an update tells: its side, the weight that it belongs to, and so its shape.</summary>
internal static class LoraUpdateNames
{
    /// <summary>Whether it is the first factor, A of B·A.</summary>
    public static bool IsA(string state) => state.Contains(".linear_a_", StringComparison.Ordinal) || state.Contains(".w_a.", StringComparison.Ordinal);

    /// <summary>The name of the second factor to that of the first.</summary>
    public static string BOf(string state) => state.Replace(".linear_a_", ".linear_b_", StringComparison.Ordinal).Replace(".w_a.", ".w_b.", StringComparison.Ordinal);

    /// <summary>SAM's name of the weight that is updated.</summary>
    public static string WeightOf(string state) => AOf(state)["sam.".Length..]
        .Replace(".linear_a_q.", ".", StringComparison.Ordinal).Replace(".linear_a_v.", ".", StringComparison.Ordinal).Replace(".w_a.", ".", StringComparison.Ordinal);

    /// <summary>The first row of the weight that is updated. Of the joint projection the value's rows are the last third.</summary>
    public static long FirstRowOf(string state, long[] weight) => AOf(state).Contains(".linear_a_v.", StringComparison.Ordinal) ? weight[0] / 3 * 2 : 0;

    /// <summary>The shape of the factor: [rank, columns] or [rows, rank]. Of the joint projection an update has a third of the rows.</summary>
    public static long[] ShapeOf(string state, long[] weight, long rank) =>
        IsA(state) ? [rank, weight[1]] : [state.Contains(".attn.qkv.", StringComparison.Ordinal) ? weight[0] / 3 : weight[0], rank];

    private static string AOf(string state) => state.Replace(".linear_b_", ".linear_a_", StringComparison.Ordinal).Replace(".w_b.", ".w_a.", StringComparison.Ordinal);
}
