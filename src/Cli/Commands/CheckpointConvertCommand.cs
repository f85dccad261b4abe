using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed checkpoint convert</c>: another format, a LoRA file merged into its SAM checkpoint, or a LoRA file out of a whole network's state.</summary>
internal sealed class CheckpointConvertCommand
{
    private readonly Argument<string> _source = new("IN") { Description = "File to read: .pth in zip or legacy form, or .safetensors; recognised by its content." };
    private readonly Argument<string> _destination = new("OUT") { Description = "File to write; the extension .pth, .pt, .bin or .safetensors chooses the format." };
    private readonly Option<bool> _merge = new("--merge") { Description = "IN is a LoRA file: add its updates to the weights of --sam, take its prompt encoder and mask decoder, and write the whole as a plain SAM checkpoint." };
    private readonly Option<string?> _sam = new("--sam") { Description = "With --merge: the SAM checkpoint that the LoRA file was trained on.", HelpName = "FILE" };
    private readonly Option<bool> _extract = new("--extract-lora") { Description = "IN is the state of a whole SAMed or SAMed_s network: write its LoRA file." };
    private readonly Option<string?> _json = CommonOptions.Json();

    private CheckpointConvertCommand()
    {
    }

    public static SamedCommand Create(CliHost host)
    {
        var convert = new CheckpointConvertCommand();
        return new SamedCommand("convert", "Rewrites a checkpoint in the other format (names, order, shapes, types, values and metadata are kept), merges a LoRA file into SAM, or extracts one.",
            "samed checkpoint convert sam_vit_b_01ec64.pth sam_vit_b_01ec64.safetensors",
            "samed checkpoint convert lora.safetensors lora.pth",
            "samed checkpoint convert epoch_159.pth sam_with_lora.pth --merge --sam sam_vit_b_01ec64.pth",
            "samed checkpoint convert network_state.pth lora.pth --extract-lora")
        {
            convert._source, convert._destination, convert._merge, convert._sam, convert._extract, convert._json,
        }.Does(host, convert.Run);
    }

    private int Run(CommandContext context)
    {
        var (source, destination, sam, json) = (context.Get(_source), context.Get(_destination), context.Find(_sam), context.Find(_json));
        var (merge, extract) = (context.Find(_merge), context.Find(_extract));
        if (merge && extract)
        {
            throw new UsageException("--merge and --extract-lora are opposites: give one of them.");
        }
        if (merge != sam is not null)
        {
            throw new UsageException(merge ? "--merge needs the SAM checkpoint that the LoRA file was trained on: give it with --sam." : "--sam goes with --merge.");
        }
        if (destination.Length == 0)
        {
            throw new UsageException("OUT is empty: give the name of the file to write.");
        }
        CheckpointText.RequireFile(source);
        ResultFile.RefuseClash([("OUT", destination), ("--json", json)], sam is null ? [source] : [source, sam]);
        ResultFile.EnsureWritable(json);
        if (sam is not null)
        {
            Merge(context, source, sam, destination, json);
        }
        else if (extract)
        {
            Extract(context, source, destination, json);
        }
        else
        {
            Rewrite(context, source, destination, json);
        }
        return ExitCodes.Ok;
    }

    private static void Merge(CommandContext context, string source, string sam, string destination, string? json)
    {
        CheckpointText.RequireFile(sam);
        LibTorch.Load(context.LibTorchFolder);
        var updated = LoraMerge.Merge(sam, source, destination, context.Cancellation);
        var summary = CheckpointInspector.Inspect(destination);
        context.Console.Line($"{destination}: {summary.Description}; updates of {source} added to {updated.Count} weights of {sam}");
        JsonFile.Write(json, new { source, sam, destination, updated, classes = summary.Classes });
    }

    private static void Extract(CommandContext context, string source, string destination, string? json)
    {
        var names = LoraExtraction.Extract(source, destination, context.Cancellation);
        var summary = CheckpointInspector.Inspect(destination);
        context.Console.Line($"{destination}: {summary.Description}; {names.Count} tensors of {source}");
        JsonFile.Write(json, new { source, destination, kind = summary.Kind, rank = summary.Rank, classes = summary.Classes, tensors = names.Count });
    }

    private static void Rewrite(CommandContext context, string source, string destination, string? json)
    {
        var info = CheckpointConverter.Convert(source, destination, context.Cancellation);
        context.Console.Line($"{destination}: {CheckpointText.Tensors(info)} from {source} ({CheckpointText.Container(info.Container)})");
        JsonFile.Write(json, new { source, destination, from = info.Container, tensors = info.Tensors.Count, elements = info.Tensors.Sum(tensor => tensor.Count) });
    }
}
