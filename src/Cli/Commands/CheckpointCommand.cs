using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed checkpoint inspect|convert|verify</c>. None of them needs libtorch.</summary>
internal static class CheckpointCommand
{
    public static Command Create(CliHost host) => new("checkpoint", "Looks into weight files, converts and verifies them. Nothing in a file is ever executed.")
    {
        CheckpointInspectCommand.Create(host),
        CreateConvert(host),
        CreateVerify(host),
    };

    private static SamedCommand CreateConvert(CliHost host)
    {
        var source = new Argument<string>("IN") { Description = "File to read: .pth in zip or legacy form, or .safetensors; recognised by its content." };
        var destination = new Argument<string>("OUT") { Description = "File to write; the extension .pth, .pt, .bin or .safetensors chooses the format." };
        var json = CommonOptions.Json();
        return new SamedCommand("convert", "Rewrites a checkpoint in the other format: names, order, shapes, types, values and metadata are kept.",
            "samed checkpoint convert sam_vit_b_01ec64.pth sam_vit_b_01ec64.safetensors",
            "samed checkpoint convert lora.safetensors lora.pth")
        {
            source, destination, json,
        }.Does(host, context =>
        {
            CheckpointText.RequireFile(context.Get(source));
            ResultFile.EnsureWritable(context.Find(json));
            var info = CheckpointConverter.Convert(context.Get(source), context.Get(destination));
            context.Console.Line($"{context.Get(destination)}: {CheckpointText.Tensors(info)} from {context.Get(source)} ({CheckpointText.Container(info.Container)})");
            JsonFile.Write(context.Find(json), new
            {
                source = context.Get(source), destination = context.Get(destination), from = info.Container,
                tensors = info.Tensors.Count, elements = info.Tensors.Sum(tensor => tensor.Count),
            });
            return ExitCodes.Ok;
        });
    }

    private static SamedCommand CreateVerify(CliHost host)
    {
        var file = new Argument<string>("FILE") { Description = "Checkpoint file." };
        var json = CommonOptions.Json();
        return new SamedCommand("verify", "Reads every byte of a checkpoint: structure, checksums, finite values, metadata. Exit code 1 when it should not be used.",
            "samed checkpoint verify sam_vit_b_01ec64.pth")
        {
            file, json,
        }.Does(host, context =>
        {
            var path = context.Get(file);
            CheckpointText.RequireFile(path);
            ResultFile.EnsureWritable(context.Find(json));
            var verification = CheckpointVerifier.Verify(path);
            foreach (var finding in verification.Findings)
            {
                context.Console.Line($"{(finding.IsError ? "error" : "note")}: {finding.Where}: {finding.What}");
            }
            context.Console.Line($"{path}: {(verification.IsSound ? "sound" : "damaged or unfit")}; read {verification.TensorCount} tensors, {CheckpointText.Size(verification.ByteCount)}");
            JsonFile.Write(context.Find(json), verification);
            return verification.IsSound ? ExitCodes.Ok : ExitCodes.Failed;
        });
    }
}
