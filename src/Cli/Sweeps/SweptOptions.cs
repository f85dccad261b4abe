using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>The options of <c>train</c> whose values a sweep may vary, each in the place of the single one.</summary>
internal sealed class SweptOptions
{
    /// <summary>In the order of the tables: what a sweep is mostly about comes first.</summary>
    private static readonly (string Option, string Parameter, SweptKind Kind)[] s_table =
    [
        ("--rank", "rank", SweptKind.Whole),
        ("--lora-layers", "layers", SweptKind.Blocks),
        ("--placement", "placement", SweptKind.Words),
        ("--lr", "lr", SweptKind.Real),
        ("--lr-exponent", "lrExponent", SweptKind.Real),
        ("--warmup", "warmup", SweptKind.Whole),
        ("--batch-size", "batchSize", SweptKind.Whole),
        ("--accumulate", "accumulate", SweptKind.Whole),
        ("--optimizer", "optimizer", SweptKind.Words),
        ("--weight-decay", "weightDecay", SweptKind.Real),
        ("--dice-weight", "diceWeight", SweptKind.Real),
        ("--loss", "pixelLoss", SweptKind.Words),
        ("--low-res-labels", "lowResLabels", SweptKind.Words),
        ("--precision", "precision", SweptKind.Words),
    ];

    private readonly List<SweptOption> _options = [];

    /// <summary>The options <paramref name="single"/> with those that may vary replaced.</summary>
    public IEnumerable<Option> Replace(IEnumerable<Option> single)
    {
        foreach (var option in single)
        {
            if (Array.Find(s_table, known => known.Option == option.Name) is not { Option: not null } entry)
            {
                yield return option;
                continue;
            }
            var swept = new SweptOption(option, entry.Parameter, entry.Kind);
            _options.Add(swept);
            yield return swept;
        }
    }

    /// <summary>The space of what was given, and the values that are the same for all trials.</summary>
    /// <exception cref="UsageException">A value is not of the form that the help shows.</exception>
    public (SearchSpace Space, Parameter Fixed) Find(CommandContext context)
    {
        Dimension[] given = [.. _options.OrderBy(option => Array.FindIndex(s_table, known => known.Option == option.Name)).Select(option => option.Find(context)).OfType<Dimension>()];
        return (new(given.Where(IsVaried)), new(given.OfType<ChoiceDimension>().Where(dimension => !IsVaried(dimension)).Select(dimension => KeyValuePair.Create(dimension.Name, dimension.Values[0]))));
    }

    private static bool IsVaried(Dimension dimension) => dimension.Count != 1 || dimension is not ChoiceDimension;
}
