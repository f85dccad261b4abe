using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed checkpoint inspect</c>.</summary>
internal static class CheckpointInspectCommand
{
    private const int FewTensors = 12;
    private const int ShownMetadataCharacters = 1000;

    public static SamedCommand Create(CliHost host)
    {
        var file = new Argument<string>("FILE") { Description = "Checkpoint file: .pth in zip or legacy form, or .safetensors; recognised by its content." };
        var tensors = new Option<bool>("--tensors") { Description = "List every tensor, not only the first dozen." };
        var json = CommonOptions.Json();
        return new SamedCommand("inspect", "Shows what a checkpoint is: format, kind of model, rank, classes, metadata and tensors. Reads no tensor data.",
            "samed checkpoint inspect sam_vit_b_01ec64.pth",
            "samed checkpoint inspect runs/first/best.pth --tensors --json best.json")
        {
            file, tensors, json,
        }.Does(host, context =>
        {
            CheckpointText.RequireFile(context.Get(file));
            ResultFile.RefuseClash([("--json", context.Find(json))], [context.Get(file)]);
            ResultFile.EnsureWritable(context.Find(json));
            var info = TensorFile.Identify(context.Get(file));
            var summary = CheckpointInspector.Inspect(info);
            PrintFacts(info, summary, context.Console);
            PrintTensors(info, context.Find(tensors), context.Console);
            JsonFile.Write(context.Find(json), ToJson(info, summary));
            return ExitCodes.Ok;
        });
    }

    private static void PrintFacts(TensorFileInfo info, CheckpointSummary summary, CliConsole console)
    {
        console.Line($"file      {info.Path} ({CheckpointText.Size(new FileInfo(info.Path).Length)})");
        console.Line($"format    {CheckpointText.Container(info.Container)}, {info.Root}");
        console.Line($"is        {summary.Description}");
        if (summary.Prefix.Length > 0)
        {
            console.Line($"prefix    {summary.Prefix}");
        }
        var types = string.Join(", ", info.Tensors.GroupBy(tensor => tensor.Type).Select(group => group.Key.ToString().ToLowerInvariant()));
        console.Line($"holds     {CheckpointText.Tensors(info)}{(types.Length > 0 ? $", {types}" : "")}{(info.Values.Count > 0 ? $"; {info.Values.Count} plain values" : "")}");
        foreach (var (key, value) in info.Metadata)
        {
            console.Line($"metadata  {key} = {(value.Length <= ShownMetadataCharacters ? value : value[..ShownMetadataCharacters] + "…")}");
        }
    }

    private static void PrintTensors(TensorFileInfo info, bool all, CliConsole console)
    {
        if (info.Tensors.Count == 0)
        {
            return;
        }
        var shown = all ? info.Tensors.Count : Math.Min(FewTensors, info.Tensors.Count);
        console.Table(["tensor", "type", "shape", "parameter"],
            info.Tensors.Take(shown).Select(tensor => new[] { tensor.Name, tensor.Type.ToString().ToLowerInvariant(), tensor.ShapeText, tensor.IsParameter ? "yes" : "" }), text: true);
        if (shown < info.Tensors.Count)
        {
            console.Line($"and {info.Tensors.Count - shown} more; --tensors lists them all.");
        }
    }

    private static object ToJson(TensorFileInfo info, CheckpointSummary summary) => new
    {
        file = info.Path,
        bytes = new FileInfo(info.Path).Length,
        info.Container,
        info.Root,
        summary.Kind,
        summary.Description,
        summary.Architecture,
        summary.EmbedDim,
        summary.Depth,
        summary.Rank,
        summary.Classes,
        summary.ImageSize,
        summary.Prefix,
        info.Metadata,
        values = info.Values.Select(pair => new { name = pair.Key, value = Convert.ToString(pair.Value, CultureInfo.InvariantCulture) }),
        tensors = info.Tensors.Select(tensor => new { tensor.Name, tensor.Type, tensor.Shape, parameter = tensor.IsParameter }),
    };
}
