using System.Text.Json;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests;

/// <summary>Networks with the weights of a golden folder.</summary>
internal static class GoldenModel
{
    /// <summary>The network that <c>config.json</c> of the golden <paramref name="folder"/> describes, with the weights of <c>model_state.pth</c>.</summary>
    public static SamNetwork Load(string folder)
    {
        var config = TestData.Golden($"{folder}/config.json");
        var network = SamNetwork.Create(SamOptions.FromJsonFile(config), LoraOf(config), CPU, seed: 1);
        using var state = TensorFile.Read(TestData.Golden($"{folder}/model_state.pth"));
        // SAMed_s names the last attention's updates a second time at the root; they are the same tensors.
        Assign(network, state, state.Names.Where(name => !SamedNames.IsAlias(name)));
        return network;
    }

    public static LoraOptions LoraOf(string configPath)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(configPath));
        var placement = LoraPlacements.Parse(json.RootElement.GetProperty("lora_placement").GetString()!);
        return new LoraOptions { Placement = placement, Rank = Math.Max(1, json.RootElement.GetProperty("lora_rank").GetInt32()) };
    }

    /// <summary>Copies tensors into the network strictly by name: the names and shapes of both sides must be the same.</summary>
    public static void Assign(SamNetwork network, TensorFile file, IEnumerable<string> names)
    {
        var state = network.state_dict();
        var given = names.ToList();
        Assert.That(state.Keys, Is.EquivalentTo(given));
        using var noGrad = no_grad();
        foreach (var name in given)
        {
            Assert.That(state[name].shape, Is.EqualTo(file[name].shape), name);
            state[name].copy_(file[name]);
        }
    }
}
