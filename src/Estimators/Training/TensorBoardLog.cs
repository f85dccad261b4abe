using TorchSharp;
using TorchSharp.Modules;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The reference's TensorBoard scalars: <c>info/lr</c> (the rate set for the next step), <c>info/total_loss</c>, <c>info/loss_ce</c>, <c>info/loss_dice</c>,
/// by 1-based step; and per epoch <c>epoch/mean_loss</c> and <c>validation/dice</c>. Its pictures too: <c>train/Image</c>, <c>train/Prediction</c>, <c>train/GroundTruth</c>.</summary>
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
        if (losses.Focal is { } focal)
        {
            _writer.add_scalar("info/loss_focal", (float)focal, at);
        }
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

    public void AddPicture(long step, TrainingPicture picture)
    {
        var at = checked((int)(step + 1));
        Add("train/Image", picture.GreyImage());
        Add("train/Prediction", picture.GreyLabels(picture.Prediction));
        Add("train/GroundTruth", picture.GreyLabels(picture.Truth));

        void Add(string tag, byte[] grey)
        {
            using var scope = torch.NewDisposeScope();
            _writer.add_img(tag, torch.tensor(grey, [1, picture.Size, picture.Size]), at);
        }
    }

    public void Dispose() => (_writer as object as IDisposable)?.Dispose();
}
