using TorchSharp;
using TorchSharp.Modules;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The reference's TensorBoard scalars: <c>info/lr</c> (the rate set for the next step), <c>info/total_loss</c>, <c>info/loss_ce</c>, <c>info/loss_dice</c>,
/// by 1-based step; and per epoch <c>epoch/mean_loss</c> and <c>validation/dice</c>.</summary>
internal sealed class TensorBoardLog : IDisposable
{
    private readonly SummaryWriter _writer;

    public TensorBoardLog(string folder)
    {
        Directory.CreateDirectory(folder);
        _writer = torch.utils.tensorboard.SummaryWriter(folder, createRunName: false);
    }

    public void AddStep(long step, StepLosses losses, double nextLearningRate)
    {
        var at = checked((int)(step + 1));
        _writer.add_scalar("info/lr", (float)nextLearningRate, at);
        _writer.add_scalar("info/total_loss", (float)losses.Total, at);
        _writer.add_scalar("info/loss_ce", (float)losses.CrossEntropy, at);
        _writer.add_scalar("info/loss_dice", (float)losses.Dice, at);
    }

    public void AddEpoch(long step, double meanLoss, double? validationDice)
    {
        var at = checked((int)step);
        _writer.add_scalar("epoch/mean_loss", (float)meanLoss, at);
        if (validationDice is { } dice)
        {
            _writer.add_scalar("validation/dice", (float)dice, at);
        }
    }

    public void Dispose() => (_writer as object as IDisposable)?.Dispose();
}
