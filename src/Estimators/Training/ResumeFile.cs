using SAMed.MLNet.Modeling.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Trained parameters and optimiser moments, exactly, in one safetensors file.</summary>
internal static class ResumeFile
{
    private const string OptimizerKey = "optimizer";
    private const string ParameterPrefix = "parameter/";

    public static void Save(string path, IReadOnlyList<(string Name, Parameter Parameter)> parameters, optim.Optimizer optimizer, Dictionary<string, string> metadata)
    {
        using var scope = NewDisposeScope();
        using var blob = new MemoryStream();
        using (var writer = new BinaryWriter(blob, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            ((OptimizerHelper)optimizer).save_state_dict(writer);
        }
        var entries = parameters.Select(pair => new TensorEntry(ParameterPrefix + pair.Name, pair.Parameter.detach().cpu()))
            .Append(new(OptimizerKey, tensor(blob.ToArray())));
        TensorFile.Write(path, entries, metadata);
    }

    public static void Load(TensorFile file, string path, IReadOnlyList<(string Name, Parameter Parameter)> parameters, optim.Optimizer optimizer)
    {
        string[] expected = [.. parameters.Select(pair => ParameterPrefix + pair.Name), OptimizerKey];
        string[] wrongShape = [.. parameters.Where(pair => file.Names.Contains(ParameterPrefix + pair.Name)
            && !file[ParameterPrefix + pair.Name].shape.SequenceEqual(pair.Parameter.shape)).Select(pair => pair.Name)];
        string[] missing = [.. expected.Except(file.Names)];
        if (missing.Length > 0 || wrongShape.Length > 0)
        {
            throw new CheckpointFormatException(path, "parameters", "those of this network",
                $"missing {string.Join(", ", missing.Take(5))}; other shape {string.Join(", ", wrongShape.Take(5))}");
        }
        using (no_grad())
        {
            foreach (var (name, parameter) in parameters)
            {
                parameter.copy_(file[ParameterPrefix + name]);
            }
        }
        // In no dispose scope: the momenta of SGD are made here and live as long as the optimiser.
        using var reader = new BinaryReader(new MemoryStream(file[OptimizerKey].data<byte>().ToArray()));
        ((OptimizerHelper)optimizer).load_state_dict(reader);
    }
}
