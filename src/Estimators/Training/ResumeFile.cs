using SAMed.MLNet.Estimators.Training.Optimizers;
using SAMed.MLNet.Modeling.Checkpoints;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Trained parameters and optimiser moments, exactly, in one safetensors file: <c>parameter/NAME</c>, <c>step/NAME</c>, and a tensor for each moment
/// under torch.optim's name for it, such as <c>exp_avg/NAME</c>.</summary>
internal static class ResumeFile
{
    private const string Parameter = "parameter";
    private const string Step = "step";

    // What was written before: the moments as one block of bytes in TorchSharp's own form.
    private const string EarlierOptimizer = "optimizer";

    public static void Save(string path, FlatOptimizer optimizer, Dictionary<string, string> metadata)
    {
        using var scope = NewDisposeScope();
        TensorFile.Write(path, [.. Places(optimizer).Select(place => new TensorEntry(place.Name, place.Values)), .. Steps(optimizer)], metadata);
    }

    /// <summary>Puts what the file holds into the optimiser and the parameters that it moves.</summary>
    /// <exception cref="CheckpointFormatException">The file is of an earlier version, of another optimiser or of another network.</exception>
    public static void Load(TensorFile file, FlatOptimizer optimizer)
    {
        if (file.Contains(EarlierOptimizer))
        {
            throw new CheckpointFormatException(file.Path, EarlierOptimizer, "moments by the parameters' names",
                "the form of an earlier version, which this one does not read. Finish the run with the version in its run.json, or start a new one from its last.pth (--lora; LoraFile)");
        }
        using var scope = NewDisposeScope();
        var places = Places(optimizer).ToArray();
        string[] missing = [.. places.Select(place => place.Name).Concat(optimizer.Parameters.Names.Select(StepOf)).Except(file.Names)];
        string[] wrongShape = [.. places.Where(place => file.Contains(place.Name) && !file[place.Name].shape.SequenceEqual(place.Values.shape)).Select(place => place.Name)];
        if (missing.Length > 0 || wrongShape.Length > 0)
        {
            throw new CheckpointFormatException(file.Path, "parameters", $"those of this network and of {optimizer.Kind}",
                $"missing {string.Join(", ", missing.Take(5))}; other shape {string.Join(", ", wrongShape.Take(5))}");
        }
        using var mode = no_grad();
        foreach (var (name, values) in places)
        {
            values.copy_(file[name]);
        }
        for (var i = 0; i < optimizer.Steps.Length; i++)
        {
            optimizer.Steps[i] = file[StepOf(optimizer.Parameters.Names[i])].data<long>()[0];
        }
    }

    private static string StepOf(string name) => $"{Step}/{name}";

    private static IEnumerable<TensorEntry> Steps(FlatOptimizer optimizer) =>
        optimizer.Parameters.Names.Zip(optimizer.Steps, (name, steps) => new TensorEntry(StepOf(name), tensor(new[] { steps })));

    /// <summary>Every tensor that is kept, as a view of where it lies.</summary>
    private static IEnumerable<(string Name, Tensor Values)> Places(FlatOptimizer optimizer)
    {
        (string Name, Tensor Flat)[] kinds = [(Parameter, optimizer.Parameters.Values), .. optimizer.MomentNames.Select((name, index) => (name, optimizer.Moment(index)))];
        return kinds.SelectMany(kind => optimizer.Parameters.Names.Select((name, index) => ($"{kind.Name}/{name}", optimizer.Parameters.View(kind.Flat, index))));
    }
}
