using System.Globalization;
using Microsoft.ML.SearchSpace;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>From Microsoft.ML's attributes to dimensions.</summary>
internal static class SearchAttributes
{
    /// <summary>The dimension of a member; null, and a fault, where its attribute and its type do not go together.</summary>
    public static Dimension? Dimension(SearchMember member, List<string> faults) => member.Attributes[0] switch
    {
        RangeAttribute range => Range(member, range, faults),
        ChoiceAttribute choice => Choice(member, choice, faults),
        BooleanChoiceAttribute yesOrNo => YesOrNo(member, yesOrNo, faults),
        var other => throw new InvalidOperationException($"{other.GetType().Name} describes no values."),
    };

    private static RangeDimension? Range(SearchMember member, RangeAttribute range, List<string> faults)
    {
        var whole = SearchMember.IsWhole(member.Type);
        if (!whole && member.Type != typeof(float) && member.Type != typeof(double))
        {
            faults.Add($"'{member.Name}' has [Range] and is of type {member.Type.Name}; it must be a number");
            return null;
        }
        if (whole && new[] { Number(range.Min), Number(range.Max) }.FirstOrDefault(end => double.IsInteger(end) && !SearchMember.TryConvert((long)end, member.Type, out _), double.NaN) is var end && !double.IsNaN(end))
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"'{member.Name}' is of type {member.Type.Name}, which cannot be {end}"));
        }
        return new(member.Name, Number(range.Min), Number(range.Max), range.LogBase, whole, range.Init is null ? null : Number(range.Init));
    }

    private static ChoiceDimension Choice(SearchMember member, ChoiceAttribute choice, List<string> faults)
    {
        var candidates = choice.Candidates ?? [];
        faults.AddRange(candidates.Select(Parameter.TryNormalize).OfType<object>().Where(value => !SearchMember.TryConvert(value, member.Type, out _))
            .Select(value => $"'{member.Name}' is of type {member.Type.Name} and cannot be {Parameter.Text(value)}"));
        // Where no default is given, ML.NET's is the first candidate: that is no wish to start there.
        return new(member.Name, candidates, candidates.Length > 0 && Equals(choice.DefaultValue, candidates[0]) ? null : choice.DefaultValue);
    }

    private static ChoiceDimension? YesOrNo(SearchMember member, BooleanChoiceAttribute choice, List<string> faults)
    {
        if (member.Type == typeof(bool))
        {
            return new(member.Name, [choice.DefaultValue, !choice.DefaultValue]);
        }
        faults.Add($"'{member.Name}' has [BooleanChoice] and is of type {member.Type.Name}; it must be Boolean");
        return null;
    }

    private static double Number(object value) => Convert.ToDouble(Parameter.TryNormalize(value) ?? value, CultureInfo.InvariantCulture);
}
