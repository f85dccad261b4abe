using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Tests.Sam;

[Category("Golden")]
public sealed class GoldenOperatorTests
{
    private const double Tolerance = 1e-6;
    private NpzFile _golden = null!;

    [SetUp]
    public void Open() => _golden = NpzFile.Open(TestData.Golden("ops/ops.npz"));

    [TearDown]
    public void Close() => _golden?.Dispose();

    [Test]
    public void Bilinear_resizing_is_centre_aligned()
    {
        using var scope = NewDisposeScope();
        foreach (var name in _golden.Names.Where(name => name.StartsWith("bilinear_", StringComparison.Ordinal)).AtLeastOne())
        {
            var shape = _golden[name].Shape;
            var resized = Resampling.Bilinear(_golden["x"].ToTensor(), shape[2], shape[3]);
            GoldenTensors.AssertClose(resized, _golden[name], Tolerance, name);
        }
    }

    [Test]
    public void Channel_norm_and_gelu()
    {
        using var scope = NewDisposeScope();
        var x = _golden["x"].ToTensor();
        using var norm = new LayerNorm2d((int)x.shape[1], CPU);
        using (no_grad())
        {
            norm.get_parameter("weight")!.copy_(_golden["ln2d_w"].ToTensor());
            norm.get_parameter("bias")!.copy_(_golden["ln2d_b"].ToTensor());
            GoldenTensors.AssertClose(norm.call(x), _golden["ln2d_y"], Tolerance, "ln2d");
        }
        GoldenTensors.AssertClose(functional.gelu(x), _golden["gelu"], Tolerance, "gelu");
    }

    [Test]
    public void Relative_positions_with_and_without_resizing()
    {
        using var scope = NewDisposeScope();
        foreach (var name in _golden.Names.Where(name => name.StartsWith("get_rel_pos_", StringComparison.Ordinal)).AtLeastOne())
        {
            var shape = _golden[name].Shape;
            GoldenTensors.AssertClose(RelativePosition.Gather(_golden["rel_pos"].ToTensor(), shape[0], shape[1]), _golden[name], Tolerance, name);
        }
    }

    [Test]
    public void Decomposed_relative_positions()
    {
        using var scope = NewDisposeScope();
        var (height, width) = ((_golden["adrp_h"].Shape[0] + 1) / 2, (_golden["adrp_w"].Shape[0] + 1) / 2);
        var (attention, query) = (_golden["adrp_attn"].ToTensor(), _golden["adrp_q"].ToTensor());
        var batch = query.shape[0];
        var (rows, columns) = RelativePosition.Terms(
            query.view(batch, height, width, 1, -1),                                         // one head
            RelativePosition.Gather(_golden["adrp_h"].ToTensor(), height, height),
            RelativePosition.Gather(_golden["adrp_w"].ToTensor(), width, width));

        var sum = attention.view(batch, height, width, height, width) + rows.squeeze(3).unsqueeze(4) + columns.squeeze(3).unsqueeze(3);
        GoldenTensors.AssertClose(sum.view(attention.shape), _golden["adrp_out"], Tolerance, "adrp_out");
    }

    [Test]
    public void Windows_are_cut_with_zero_tokens_and_put_together_again()
    {
        using var scope = NewDisposeScope();
        var grid = _golden["win_in"].ToTensor();
        var size = _golden["win_out"].Shape[1];
        var windows = WindowPartition.Split(grid, size);

        GoldenTensors.AssertClose(windows, _golden["win_out"], 0, "win_out");
        GoldenTensors.AssertClose(WindowPartition.Join(windows, size, grid.shape[1], grid.shape[2]), _golden["win_back"], 0, "win_back");
    }
}
