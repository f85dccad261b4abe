using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed checkpoint inspect|convert|verify</c>. Only merging needs libtorch.</summary>
internal static class CheckpointCommand
{
    public static Command Create(CliHost host) => new("checkpoint", "Looks into weight files, converts, merges and verifies them. Nothing in a file is ever executed.")
    {
        CheckpointInspectCommand.Create(host),
        CheckpointConvertCommand.Create(host),
        CreateVerify(host),
    };

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
            ResultFile.RefuseClash([("--json", context.Find(json))], [path]);
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
