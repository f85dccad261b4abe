using System.Globalization;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What the names of a search space mean for a training run: one table, which the command line and the runners use.</summary>
/// <remarks><c>rank</c>, <c>layers</c> (<c>6-11</c>, <c>0,2,4</c> or <c>all</c>), <c>placement</c> (<c>encoder</c>, <c>encoder+decoder</c>, <c>none</c>), <c>trainEncoder</c>, <c>lr</c>,
/// <c>lrExponent</c>, <c>warmup</c> (steps), <c>epochs</c>, <c>batchSize</c>, <c>accumulate</c>, <c>optimizer</c> (<c>adamw</c>, <c>sgd</c>), <c>weightDecay</c>, <c>diceWeight</c>,
/// <c>pixelLoss</c> (<c>ce</c>, <c>focal</c>), <c>lowResLabels</c> (<c>centered</c>, <c>paper</c>), <c>precision</c> (<c>fp32</c>, <c>bf16</c>), <c>augment</c>, <c>augmentationSet</c>.</remarks>
public static class TrialParameters
{
    /// <summary>Gives the run with the value in it; null when the value is of another kind.</summary>
    private delegate TrainingRunOptions? Put(TrainingRunOptions run, object value);

    private static readonly (string Name, string Expected, Put Put)[] s_table =
    [
        Whole("rank", (run, value) => run with { Lora = run.Lora with { Rank = value } }),
        ("layers", "encoder blocks such as 6-11 or 0,2,4, or all", PutLayers),
        Word("placement", (run, value) => run with { Lora = run.Lora with { Placement = value } }, [.. LoraPlacements.Names.Select(name => (name, LoraPlacements.Parse(name)))]),
        Flag("trainEncoder", (run, value) => run with { Lora = run.Lora with { TrainEncoder = value } }),
        Real("lr", (training, value) => training with { LearningRate = value }),
        Real("lrExponent", (training, value) => training with { LearningRateExponent = value }),
        Whole("warmup", (training, value) => training with { WarmupSteps = value }),
        Whole("epochs", (training, value) => training with { Epochs = value }),
        Whole("batchSize", (training, value) => training with { BatchSize = value }),
        Whole("accumulate", (training, value) => training with { AccumulationSteps = value }),
        Word("optimizer", (training, value) => training with { Optimizer = value }, ("adamw", OptimizerKind.AdamW), ("sgd", OptimizerKind.Sgd)),
        Real("weightDecay", (training, value) => training with { WeightDecay = value }),
        Real("diceWeight", (training, value) => training with { DiceWeight = value }),
        Word("pixelLoss", (training, value) => training with { PixelLoss = value }, ("ce", PixelLoss.CrossEntropy), ("focal", PixelLoss.Focal)),
        Word("lowResLabels", (training, value) => training with { LowResLabels = value }, ("centered", LowResLabels.Centered), ("paper", LowResLabels.Paper)),
        Word("precision", (training, value) => training with { Precision = value }, ("fp32", Precision.Fp32), ("bf16", Precision.Bf16)),
        Flag("augment", (run, value) => run with { Training = run.Training with { Augment = value } }),
        Whole("augmentationSet", (training, value) => training with { AugmentationSet = value }),
    ];

    /// <summary>The names that are known.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_table.Select(entry => entry.Name)];

    /// <summary>The run that <paramref name="point"/> stands for.</summary>
    /// <param name="template">What all points have in common.</param>
    /// <param name="point">A value for some of <see cref="Names"/>. Whole numbers may come as <see cref="double"/>; words in the form of the command line or of the enumeration.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="TrialSpecException">A name is not known, a value is of another kind, or the values make no usable run, for instance a rank larger than the network's width. Lists every fault.</exception>
    public static TrainingRunOptions Apply(TrainingRunOptions template, Parameter point, long seed)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(point);
        var run = template with { Training = template.Training with { Seed = seed } };
        List<TrialSpecFault> faults = [];
        foreach (var (name, value) in point)
        {
            var entry = s_table.FirstOrDefault(known => known.Name == name);
            if (entry.Name is null)
            {
                faults.Add(new(name, $"one of {string.Join(", ", Names)}", $"'{name}'"));
            }
            else if (entry.Put(run, value) is { } changed)
            {
                run = changed;
            }
            else
            {
                faults.Add(new(name, entry.Expected, value is string ? $"'{value}'" : Parameter.Text(value)));
            }
        }
        faults.AddRange(faults.Count == 0 ? FaultsOf(run, "") : []);
        return faults.Count == 0 ? run : throw new TrialSpecException(point.Count == 0 ? "the run" : point.ToString(), faults);
    }

    /// <summary>What is wrong with the options of a run, as far as can be told without data.</summary>
    internal static IEnumerable<TrialSpecFault> FaultsOf(TrainingRunOptions run, string prefix)
    {
        var model = run.Model with { NumClasses = run.Labels.ClassCount, ImageSize = run.Preprocessing.ImageSize };
        (string Field, Action Check)[] checks =
        [
            ("model", model.Validate),
            ("lora", () => run.Lora.Validate(model.Depth)),
            ("training", run.Training.Validate),
            ("preprocessing", run.Preprocessing.Validate),
        ];
        foreach (var (field, check) in checks)
        {
            if (MessageOf(check) is { } fault)
            {
                yield return new(prefix + field, "usable options", fault);
            }
        }
        var (width, of) = WidthOf(model, run.Lora.Placement);
        if (run.Lora.Rank > width)
        {
            yield return new(prefix + "lora.rank", string.Create(CultureInfo.InvariantCulture, $"at most {width}, the width of {of}: a higher rank adds nothing"), run.Lora.Rank.ToString(CultureInfo.InvariantCulture));
        }
        if (run.Training.Devices is not null && run.Device != "auto")
        {
            yield return new(prefix + "device", $"auto where training.devices names {string.Join(',', run.Training.Devices)}", run.Device);
        }
    }

    /// <summary>The narrowest projection that gets LoRA.</summary>
    private static (int Width, string Of) WidthOf(SamOptions model, LoraPlacement placement) => placement switch
    {
        LoraPlacement.None => (int.MaxValue, ""),
        LoraPlacement.EncoderDecoder when model.PromptEmbedDim / Math.Max(1, model.AttentionDownsampleRate) is var narrow && narrow < model.EmbedDim => (narrow, "the mask decoder's attention"),
        _ => (model.EmbedDim, "the image encoder"),
    };

    private static string? MessageOf(Action check)
    {
        try
        {
            check();
            return null;
        }
        catch (Exception fault) when (fault is ArgumentException or SamOptionsException or AdapterOptionsException)
        {
            return fault.Message.TrimEnd('.');
        }
    }

    private static TrainingRunOptions? PutLayers(TrainingRunOptions run, object value) => value switch
    {
        "all" => run with { Lora = run.Lora with { Layers = null } },
        string or long when LoraLayers.TryParse(Parameter.Text(value), run.Model.Depth, out var layers) => run with { Lora = run.Lora with { Layers = layers } },
        _ => null,
    };

    private static (string, string, Put) Whole(string name, Func<TrainingRunOptions, int, TrainingRunOptions> put) => (name, "a whole number", (run, value) => value switch
    {
        long whole when whole is >= int.MinValue and <= int.MaxValue => put(run, (int)whole),
        double real when double.IsInteger(real) && Math.Abs(real) <= int.MaxValue => put(run, (int)real),
        _ => null,
    });

    private static (string, string, Put) Whole(string name, Func<TrainingOptions, int, TrainingOptions> put) =>
        Whole(name, (TrainingRunOptions run, int value) => run with { Training = put(run.Training, value) });

    private static (string, string, Put) Real(string name, Func<TrainingOptions, double, TrainingOptions> put) => (name, "a number", (run, value) =>
        value is long or double ? run with { Training = put(run.Training, Convert.ToDouble(value, CultureInfo.InvariantCulture)) } : null);

    private static (string, string, Put) Flag(string name, Func<TrainingRunOptions, bool, TrainingRunOptions> put) => (name, "true or false", (run, value) => value is bool yes ? put(run, yes) : null);

    private static (string, string, Put) Word<T>(string name, Func<TrainingRunOptions, T, TrainingRunOptions> put, params (string Word, T Value)[] words)
        where T : struct, Enum => (name, string.Join(" or ", words.Select(word => word.Word)), (run, value) =>
            Array.Find(words, word => value is string text && (text.Equals(word.Word, StringComparison.OrdinalIgnoreCase) || text.Equals(word.Value.ToString(), StringComparison.OrdinalIgnoreCase)))
                is { Word: not null } found ? put(run, found.Value) : null);

    private static (string, string, Put) Word<T>(string name, Func<TrainingOptions, T, TrainingOptions> put, params (string Word, T Value)[] words)
        where T : struct, Enum => Word(name, (TrainingRunOptions run, T value) => run with { Training = put(run.Training, value) }, words);
}
